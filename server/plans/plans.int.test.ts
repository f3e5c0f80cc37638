import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS, type FloorPlan } from '../../contract/index.ts';
import { picture, photoWithPlace, SECRET_PLACE } from '../files/testing/made-files.ts';
import { startTestHub, type TestHub } from '../testing/whole-hub.ts';

let test: TestHub;
let site: string;
let plain: string;
const PASSWORD = 'a long enough password';
beforeAll(async () => {
  test = await startTestHub();
  ({ site } = await test.shop());
  await test.api('POST', `/api/v1/sites/${site}/zones`, { id: 'hall', name: 'Hall' });
  await test.api('POST', '/api/v1/users', { email: 'floor@example.test', name: 'Floor', role: 'floor', sites: [site], password: PASSWORD });
  const signedIn = await test.api('POST', '/api/v1/session', { email: 'floor@example.test', password: PASSWORD }, { cookie: null });
  plain = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
});
afterAll(() => test.close());

const square = [{ x: 0.1, y: 0.1 }, { x: 0.5, y: 0.1 }, { x: 0.5, y: 0.5 }];
const url = (): string => `/api/v1/sites/${site}/plan`;
const drawing = { zones: { hall: square }, touchpoints: { 'till-3': { x: 0.25, y: 0.75 } } };
const plan = async (cookie?: string) => (await test.api('GET', url(), undefined, cookie === undefined ? {} : { cookie })).body as unknown as FloorPlan;
async function upload(bytes: Buffer, type: string, cookie = test.cookie) {
  const response = await fetch(`${test.origin}${url()}/picture`, { method: 'PUT', body: new Uint8Array(bytes), headers: { cookie, origin: test.origin, 'content-type': type } });
  return { status: response.status, body: await response.json() as FloorPlan & { code: string; detail: string } };
}
const fileStatus = async (hash: string, cookie = plain): Promise<number> => (await fetch(`${test.origin}/api/v1/sites/${site}/files/${hash}`, { headers: { cookie } })).status;

describe('a floor plan', () => {
  it('is empty at first', async () => expect(await plan(plain)).toEqual({ picture: null, zones: {}, touchpoints: {}, updatedAt: null }));

  it('is drawn by whom manages sites, seen by the floor, and stands in the journal', async () => {
    expect((await test.api('PUT', url(), drawing)).status).toBe(200);
    expect(await plan(plain)).toMatchObject({ ...drawing, picture: null, updatedAt: expect.any(Number) });
    const { body } = await test.api('GET', '/api/v1/audit?limit=5');
    expect(body['entries']).toContainEqual(expect.objectContaining({ action: 'plan.drawn', target: `site:${site}`, detail: { zones: 1, touchpoints: 1 } }));
  });

  it('is not changed by the floor, nor seen by strangers', async () => {
    expect((await test.api('PUT', url(), drawing, { cookie: plain })).status).toBe(403);
    expect((await upload(await picture('png'), 'image/png', plain)).status).toBe(403);
    expect((await test.api('DELETE', `${url()}/picture`, undefined, { cookie: plain })).status).toBe(403);
    expect((await test.api('GET', '/api/v1/sites/none/plan')).status).toBe(404);
    expect((await test.api('PUT', '/api/v1/sites/none/plan', drawing)).status).toBe(404);
    expect((await test.api('GET', url(), undefined, { cookie: null })).status).toBe(401);
  });

  it('loses what the site loses', async () => {
    await test.api('POST', `/api/v1/sites/${site}/zones`, { id: 'yard', name: 'Yard' });
    await test.api('PUT', url(), { zones: { ...drawing.zones, yard: square }, touchpoints: drawing.touchpoints });
    await test.api('DELETE', `/api/v1/sites/${site}/zones/yard`);
    expect((await plan()).zones).toEqual(drawing.zones);
  });

  it('takes no rubbish', async () => {
    const before = await plan();
    const point = { x: 0.5, y: 0.5 };
    const rubbish: unknown[] = [
      '', 'x', '[]', 'null', {}, { zones: {} }, { zones: [], touchpoints: {} }, { ...drawing, more: 1 }, { zones: { hall: square.slice(0, 2) }, touchpoints: {} }, { zones: { hall: [] }, touchpoints: {} },
      { zones: { hall: Array(41).fill(point) }, touchpoints: {} }, { zones: { hall: [point, point, point] }, touchpoints: {} }, { zones: { none: square }, touchpoints: {} }, { zones: {}, touchpoints: { none: point } },
      { zones: {}, touchpoints: { 'till-3': { x: 1.01, y: 0 } } }, { zones: {}, touchpoints: { 'till-3': { x: -0.1, y: 0 } } }, { zones: {}, touchpoints: { 'till-3': { x: 0 } } }, { zones: {}, touchpoints: { 'till-3': { x: '0', y: 0 } } },
      { zones: {}, touchpoints: { 'till-3': { x: 0, y: 0, z: 0 } } }, { zones: {}, touchpoints: { 'Till 3': point } }, '{"zones":{"constructor":[]},"touchpoints":{}}', '{"zones":{},"touchpoints":{"toString":{"x":0,"y":0}}}', '{"zones":{},"touchpoints":{"till-3":{"x":1e999,"y":0}}}',
    ];
    for (const body of rubbish) {
      const { status } = await test.api('PUT', url(), body, { headers: { 'content-type': 'application/json' } });
      expect([JSON.stringify(body), [400, 422].includes(status)]).toEqual([JSON.stringify(body), true]);
    }
    expect((await test.api('PUT', url(), `{"zones":{},"touchpoints":{},"x":"${'x'.repeat(600_000)}"}`, { headers: { 'content-type': 'application/json' } })).status).toBe(413);
    expect(await plan()).toEqual(before);
  });
});

describe('its picture', () => {
  it('is drawn anew, without metadata and not over 2400 pixels, and consoles see it', async () => {
    const live = await test.live([{ channel: `floor:${site}` }]);
    await live.until((message) => message.t === 'snapshot');
    const heard = live.messages.length;
    const { status, body } = await upload(await photoWithPlace(4000, 2000), 'image/jpeg');
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...drawing, picture: { width: 1200, height: 2400 } });
    const got = await fetch(`${test.origin}/api/v1/sites/${site}/files/${body.picture!.file}`, { headers: { cookie: plain } });
    expect([got.status, got.headers.get('content-type'), got.headers.get('cache-control')]).toEqual([200, 'image/webp', 'private, max-age=31536000, immutable']);
    const bytes = Buffer.from(await got.arrayBuffer());
    expect(bytes.includes(SECRET_PLACE)).toBe(false);
    expect((await sharp(bytes).metadata()).exif).toBeUndefined();
    // A new snapshot tells consoles to ask for the plan again.
    await expect.poll(() => live.messages.slice(heard).some((message) => message.t === 'snapshot')).toBe(true);
    live.socket.close();
  });

  it('takes the place of the one before, whose file goes', async () => {
    const before = (await plan()).picture!.file;
    const { body } = await upload(await picture('webp', 300, 200), 'image/webp');
    expect(body.picture).toMatchObject({ width: 300, height: 200 });
    expect(await fileStatus(before)).toBe(404);
    expect(await fileStatus(body.picture!.file)).toBe(200);
    const again = await upload(await picture('webp', 300, 200), 'image/webp');
    expect(await fileStatus(again.body.picture!.file)).toBe(200);
  });

  it('is neither SVG nor anything else that is no picture', async () => {
    const before = await plan();
    for (const [bytes, type] of [
      ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/svg+xml'], ['<?xml version="1.0"?>\n<!-- a plan -->\n<svg/>________', 'image/png'], ['%PDF-1.7 ____________', 'application/pdf'], ['', 'image/png'], ['<!doctype html>______', 'image/webp'],
    ] as const) {
      const answer = await upload(Buffer.from(bytes), type);
      expect([type, answer.status, answer.body.code]).toEqual([type, 422, 'file_unusable']);
      if (/svg/i.test(bytes)) expect(answer.body.detail).toMatch(/SVG is not taken/);
    }
    expect((await upload(await picture('png'), 'image/jpeg')).status).toBe(422);
    expect((await upload(Buffer.alloc(LIMITS.planBytes + 1), 'image/png')).status).toBe(413);
    expect(await plan()).toEqual(before);
  });

  it('can be taken away; the drawing stays', async () => {
    const { file } = (await plan()).picture!;
    expect((await test.api('DELETE', `${url()}/picture`)).status).toBe(204);
    expect(await plan()).toMatchObject({ ...drawing, picture: null });
    expect(await fileStatus(file)).toBe(404);
    expect((await test.api('DELETE', `${url()}/picture`)).status).toBe(204);
  });
});
