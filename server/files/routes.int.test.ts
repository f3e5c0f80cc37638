import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../contract/index.ts';
import { startTestHub, type TestHub } from '../testing/whole-hub.ts';
import { mp4, ogg, photoWithPlace, picture, SECRET_PLACE, wav, webm, zip } from './testing/made-files.ts';

let test: TestHub;
let shop: { site: string; token: string };
let floor: string;
let analyst: string;
let stranger: string;
beforeAll(async () => {
  test = await startTestHub();
  shop = await test.shop();
  const other = await test.shop();
  floor = await person('floor', [shop.site]);
  analyst = await person('analyst', [shop.site]);
  stranger = await person('floor', [other.site]);
});
afterAll(() => test.close());

const PASSWORD = 'a long enough password';
async function person(role: string, sites: string[]): Promise<string> {
  const email = `${role}-${sites[0]}@example.test`;
  await test.api('POST', '/api/v1/users', { email, name: role, role, sites, password: PASSWORD });
  const signedIn = await test.api('POST', '/api/v1/session', { email, password: PASSWORD }, { cookie: null });
  return signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
}
/** A device of its own, so that one test does not use up another's rate. */
async function device(kind = 'terminal'): Promise<string> {
  return (await test.api('POST', `/api/v1/sites/${shop.site}/devices`, { kind, name: kind, touchpoint: 'till-3' })).body['token'] as string;
}
async function send(token: string | undefined, bytes: Buffer | string, type: string | undefined) {
  const response = await fetch(`${test.origin}/api/v1/files`, { method: 'POST', body: typeof bytes === 'string' ? Buffer.from(bytes) : new Uint8Array(bytes), headers: { ...(type === undefined ? {} : { 'content-type': type }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as { file: string; type: string; bytes: number; code: string; detail: string } };
}
async function take(hash: string, headers: Record<string, string> = {}, cookie = floor, site = shop.site) {
  const response = await fetch(`${test.origin}/api/v1/sites/${site}/files/${hash}`, { headers: { cookie, ...headers } });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

describe('a device sends', () => {
  it.each([['audio/wav', wav()], ['audio/ogg', ogg()], ['audio/mp4', mp4()], ['audio/webm;codecs=opus', webm()]])('%s, which is kept as it is', async (type, bytes) => {
    const sent = await send(await device(), bytes, type);
    expect(sent).toMatchObject({ status: 201, body: { type: type.split(';')[0], bytes: bytes.length } });
    const got = await take(sent.body.file);
    expect(got.status).toBe(200);
    expect(got.bytes.equals(bytes)).toBe(true);
  });

  it('a photo, of which neither place nor time nor camera is kept, upright and not over 1600 pixels', async () => {
    const photo = await photoWithPlace();
    expect(photo.includes(SECRET_PLACE)).toBe(true);
    expect((await sharp(photo).metadata()).exif).toBeDefined();
    const sent = await send(await device(), photo, 'image/jpeg');
    expect(sent).toMatchObject({ status: 201, body: { type: 'image/jpeg' } });
    const { bytes } = await take(sent.body.file);
    const { exif, xmp, iptc, orientation, width, height, format } = await sharp(bytes).metadata();
    expect({ exif, xmp, iptc, orientation, width, height, format }).toEqual({ exif: undefined, xmp: undefined, iptc: undefined, orientation: undefined, width: 800, height: 1600, format: 'jpeg' });
    expect(bytes.includes(SECRET_PLACE)).toBe(false);
    expect(bytes.includes('Exif')).toBe(false);
  });

  it.each(['png', 'webp'] as const)('a picture of %s, which becomes WebP and loses what hid behind it', async (format) => {
    const polyglot = Buffer.concat([await picture(format), Buffer.from('<script>alert(1)</script>'), zip('hidden')]);
    const sent = await send(await device(), polyglot, `image/${format}`);
    expect(sent).toMatchObject({ status: 201, body: { type: 'image/webp' } });
    const { bytes } = await take(sent.body.file);
    expect((await sharp(bytes).metadata()).format).toBe('webp');
    for (const hidden of ['script', 'PK', 'hidden']) expect(bytes.includes(hidden)).toBe(false);
  });

  it('the same file twice and has one', async () => {
    const token = await device();
    const [a, b] = [await send(token, wav(0.2), 'audio/wav'), await send(token, wav(0.2), 'audio/wav')];
    expect(a.body.file).toBe(b.body.file);
  });

  it('nothing unusable, and is told what to do', async () => {
    const token = await device();
    const bomb = await sharp({ create: { width: 12_000, height: 12_000, channels: 3, background: 'white' } }).png({ compressionLevel: 9 }).toBuffer();
    const cases: [Buffer | string, string | undefined][] = [
      ['', 'audio/wav'], [wav(), undefined], [wav(), 'text/html'], [wav(), 'audio/ogg'], [wav(), 'application/octet-stream'], ['{"a":1}', 'application/json'], ['<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', 'image/svg+xml'],
      ['<!doctype html>____________', 'image/png'], [zip(), 'application/zip'], [Buffer.concat([wav(), zip()]), 'audio/wav'], [Buffer.concat([mp4(), Buffer.from('<script>')]), 'audio/mp4'], [mp4('vide'), 'audio/mp4'],
      [(await picture('jpeg')).subarray(0, 200), 'image/jpeg'], [Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(500, 1)]), 'image/jpeg'], [await picture('png'), 'image/jpeg'], [bomb, 'image/png'],
    ];
    for (const [bytes, type] of cases) {
      const { status, body } = await send(token, bytes, type);
      expect([type, status, body.code]).toEqual([type, 422, 'file_unusable']);
      expect(body.detail).toMatch(/send it|Send/i);
    }
  }, 60_000);

  it('nothing over the limit', async () => {
    const { status, body } = await send(await device(), Buffer.alloc(LIMITS.fileBytes + 1), 'audio/wav');
    expect([status, body.code]).toEqual([413, 'too_large']);
  });

  it('nothing without a token that opens, nor as a device that takes no messages, nor as a person', async () => {
    expect(await send(undefined, wav(), 'audio/wav')).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
    expect(await send('x'.repeat(43), wav(), 'audio/wav')).toMatchObject({ status: 401, body: { code: 'unauthorised' } });
    for (const kind of ['counter', 'till', 'phone', 'camera']) expect(await send(await device(kind), wav(), 'audio/wav')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
    const asPerson = await fetch(`${test.origin}/api/v1/files`, { method: 'POST', body: new Uint8Array(wav()), headers: { cookie: floor, origin: test.origin, 'content-type': 'audio/wav' } });
    expect(asPerson.status).toBe(401);
  });

  it('not more than twenty a minute', async () => {
    const token = await device();
    const statuses: number[] = [];
    for (let i = 0; i < 21; i++) statuses.push((await send(token, '', 'audio/wav')).status);
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(422));
    const last = await send(token, wav(), 'audio/wav');
    expect(last).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('a message that names a file which nobody has, and it is taken', async () => {
    const { body } = await test.send(shop.token, [{ id: '01K0000000000000000000F0E0', type: 'feedback.messaged', site: shop.site, at: Date.now(), body: { voice: { file: 'a'.repeat(64), seconds: 3 } } }]);
    expect(body).toMatchObject({ accepted: 1, rejected: [] });
    expect((await take('a'.repeat(64))).status).toBe(404);
  });

  it('JSON to other addresses only as before: bytes are refused there', async () => {
    const answer = await fetch(`${test.origin}/api/v1/events`, { method: 'POST', body: new Uint8Array(wav()), headers: { authorization: `Bearer ${shop.token}`, 'content-type': 'audio/wav' } });
    expect(answer.status).toBe(415);
  });
});

describe('a person takes', () => {
  const bytes = wav(0.5);
  let hash: string;
  beforeAll(async () => { hash = (await send(await device(), bytes, 'audio/wav')).body.file; });

  it('a file, with headers by which it can do nothing', async () => {
    const { status, headers } = await take(hash);
    expect(status).toBe(200);
    expect(Object.fromEntries(['content-type', 'content-length', 'content-disposition', 'x-content-type-options', 'content-security-policy', 'accept-ranges', 'cache-control', 'etag'].map((name) => [name, headers.get(name)]))).toEqual({
      'content-type': 'audio/wav', 'content-length': String(bytes.length), 'content-disposition': 'inline', 'x-content-type-options': 'nosniff', 'content-security-policy': "default-src 'none'; sandbox",
      'accept-ranges': 'bytes', 'cache-control': 'private, max-age=3600, immutable', etag: `"${hash}"`,
    });
  });

  it('parts of it', async () => {
    for (const [range, from, to] of [['bytes=0-99', 0, 99], ['bytes=100-', 100, bytes.length - 1], ['bytes=-7', bytes.length - 7, bytes.length - 1]] as const) {
      const part = await take(hash, { range });
      expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes ${from}-${to}/${bytes.length}`]);
      expect(part.bytes.equals(bytes.subarray(from, to + 1))).toBe(true);
    }
    const beyond = await take(hash, { range: `bytes=${bytes.length}-` });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${bytes.length}`]);
    expect((await take(hash, { range: 'bytes=0-1,4-5' })).status).toBe(200);
    expect((await take(hash, { range: 'bytes=0-1', 'if-range': '"another"' })).bytes.length).toBe(bytes.length);
    expect((await take(hash, { range: 'bytes=0-1', 'if-range': `"${hash}"` })).status).toBe(206);
  });

  it('it from the browser\'s cache when it is the same', async () => {
    expect(await take(hash, { 'if-none-match': `"other", "${hash}"` })).toMatchObject({ status: 304, bytes: Buffer.alloc(0) });
  });

  it('nothing that is not theirs: another site\'s person, an analyst, a device, nobody', async () => {
    expect((await take(hash, {}, stranger)).status).toBe(404);
    expect((await take(hash, {}, stranger, 'shop-2')).status).toBe(404);
    expect((await take(hash, {}, analyst)).status).toBe(403);
    expect((await take(hash, {}, '')).status).toBe(401);
    expect((await fetch(`${test.origin}/api/v1/sites/${shop.site}/files/${hash}`, { headers: { authorization: `Bearer ${shop.token}` } })).status).toBe(403);
  });

  it('nothing by a name that is no hash', async () => {
    for (const name of ['..%2f..%2fotklik.db', '%2e%2e', hash.toUpperCase(), `${hash}0`, `${hash.slice(0, 62)}%00`, '__proto__', 'x']) expect((await take(name)).status).toBeGreaterThanOrEqual(400);
    for (const name of ['..%2f..%2fotklik.db', hash.toUpperCase()]) expect((await take(name)).status).toBe(422);
  });
});
