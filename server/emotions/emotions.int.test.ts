import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyEvent, CamerasState, EmotionWindow, FloorState, Journey, MoodNow, Portrait, SnapshotMessage, Together } from '../../contract/index.ts';
import { startTestHub, type TestHub } from '../testing/whole-hub.ts';
import { randomFrom, sharesWith, windowOf, type Somebody } from './testing/people.ts';

const PASSWORD = 'a long enough password';
const HOUR = 3600_000;
const WAIT = { timeout: 60_000, interval: 50 };
/** Yesterday at a whole hour: all of its quarters are over. */
const START = Math.floor((Date.now() - 24 * HOUR) / HOUR) * HOUR;
const SQUARE: [number, number][] = [[0, 0], [1, 0], [1, 1]];
let hub: TestHub;
let site: string;
let camera: string;
let sent = 0;
const cookies: Record<string, string> = {};

beforeAll(async () => {
  hub = await startTestHub();
  ({ site } = await hub.shop());
  await hub.api('POST', `/api/v1/sites/${site}/zones`, { id: 'hall', name: '=Hall' });
  camera = await newCamera('Door camera');
  await setUp(camera, '0', [area('door', 'Door', 'entrance', null), area('out', 'Exit', 'exit', null), area('shelf', 'Shelf', 'display', 'hall')]);
  for (const role of ['supervisor', 'floor', 'analyst']) {
    await hub.api('POST', '/api/v1/users', { email: `${role}@example.test`, name: role, role, sites: [site], password: PASSWORD });
    const signedIn = await hub.api('POST', '/api/v1/session', { email: `${role}@example.test`, password: PASSWORD }, { cookie: null });
    cookies[role] = signedIn.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
  }
});
afterAll(() => hub.close());

const area = (id: string, name: string, role: string, zone: string | null) => ({ id, name, role, polygon: SQUARE, zone, touchpoint: null });
async function newCamera(name: string): Promise<string> {
  const made = await hub.api('POST', `/api/v1/sites/${site}/devices`, { kind: 'camera', name, touchpoint: 'till-3' });
  return (made.body['device'] as { id: string }).id;
}
async function setUp(id: string, version: string, areas: unknown[]): Promise<void> {
  const choices = { purpose: 'mood', emotions: true, counting: false, demographics: false, areas, staff: 'none', masks: [], line: null };
  const answer = await hub.api('PUT', `/api/v1/cameras/${id}/setup`, choices, version === '0' ? {} : { headers: { 'if-match': `"${version}"` } });
  expect(answer.status).toBe(200);
}
const eventOf = (body: EmotionWindow) => ({ id: ulid(), type: 'emotion.windowed', site, at: body.to, body });
async function send(windows: readonly EmotionWindow[]): Promise<ReturnType<typeof eventOf>[]> {
  const events = windows.map(eventOf);
  for (let i = 0; i < events.length; i += 100) expect((await hub.send(hub.hub.visionToken, events.slice(i, i + 100))).status).toBe(200);
  sent += events.length;
  return events;
}

const random = randomFrom(77);
const person = (of: string, where: string | null, at: number, happy: number): Somebody => ({ camera: of, area: where, staff: false, at, shares: sharesWith(happy, random), seconds: 20, turned: true, male: true, band: 2 });
/** Two people a minute of an hour in each of these areas. */
const hourOf = (of: string, from: number, areas: Record<string, number>, drawn: readonly string[]): EmotionWindow[] => Array.from({ length: 60 }, (_, minute) => {
  const at = from + minute * 60_000;
  return windowOf(of, at, Object.entries(areas).flatMap(([where, happy]) => [person(of, where === '' ? null : where, at, happy), person(of, where === '' ? null : where, at, happy + 0.02)]), drawn);
});
const DRAWN = ['door', 'out', 'shelf'];
const get = async <T>(path: string, cookie?: string): Promise<T> => (await hub.api('GET', `/api/v1/sites/${site}/emotions/${path}`, undefined, cookie === undefined ? {} : { cookie })).body as T;
const portrait = (by: string, from = START, to = START + 12 * HOUR): Promise<Portrait> => get(`portrait?from=${from}&to=${to}&by=${by}`);

describe('the emotional portrait', () => {
  it('is one row for each stream and a total of all people, whichever way it is cut', async () => {
    await send([0, 1, 2, 3].flatMap((hour) => hourOf(camera, START + hour * HOUR, { door: 0.4 + hour / 50, out: 0.6 + hour / 60 }, DRAWN)));
    await expect.poll(async () => (await portrait('area')).total.people, WAIT).toBe(960);
    const byArea = await portrait('area');
    expect(byArea.rows.map(({ id, name, enough, people }) => [id, name, enough, people])).toEqual([
      [`${camera}/door`, 'Door camera: Door', true, 480], [`${camera}/out`, 'Door camera: Exit', true, 480], [`${camera}/shelf`, 'Door camera: Shelf', false, 0],
    ]);
    expect(byArea).toMatchObject({ site, by: 'area', smileAbove: 0.5, demographics: true });
    const [door, out] = byArea.rows;
    expect(out!.happy.low!).toBeGreaterThan(door!.happy.high!);
    expect(door).toMatchObject({ minutes: 240, utilisation: 20 / 50, left: null });
    const byCamera = await portrait('camera');
    expect(byCamera.rows).toMatchObject([{ id: camera, name: 'Door camera', people: 960, utilisation: 25 / 50 }]);
    expect(byCamera.rows[0]!.left!.blurred).toBeCloseTo(2 / (12 + 4), 9);
    expect(byCamera.total.mood).toEqual(byArea.total.mood);
    // Areas without a place of their own stand where their camera does.
    expect((await portrait('touchpoint')).rows.map(({ id, name, people }) => [id, name, people])).toEqual([['till-3', 'Till 3', 960], ['', '', 0]]);
  });

  it('counts what is sent again once, and what comes late for its time', async () => {
    const before = (await portrait('area')).total.people;
    const late = await send(hourOf(camera, START + 5 * HOUR, { door: 0.5 }, DRAWN).slice(0, 20));
    await expect.poll(async () => (await portrait('area')).total.people, WAIT).toBe(before + 40);
    expect((await hub.send(hub.hub.visionToken, late)).body).toMatchObject({ accepted: 0, duplicates: 20 });
    // What comes after it has been folded shows that the duplicates changed nothing.
    await send(hourOf(camera, START + 5 * HOUR + 20 * 60_000, { door: 0.5 }, DRAWN).slice(0, 25));
    await expect.poll(async () => (await portrait('area')).total.people, WAIT).toBe(before + 90);
  });

  it('counts windows of nodes that tell nothing of people, and says nothing by them', async () => {
    const old = await newCamera('Old node');
    await send(hourOf(old, START, { '': 0.5 }, []).map(({ visits: _visits, areas: _areas, left: _left, withFace: _face, smileAbove: _smile, ...window }) => window));
    await expect.poll(async () => (await portrait('camera')).rows.find(({ id }) => id === old), WAIT).toMatchObject({ enough: false, people: 0, minutes: 60, mood: { value: null } });
  });

  it('keeps names and places as they were, also of cameras that are gone', async () => {
    const gone = await newCamera('Short-lived');
    await setUp(gone, '0', [area('desk', 'Desk', 'contact', 'hall')]);
    await send(hourOf(gone, START + 6 * HOUR, { desk: 0.5 }, ['desk']));
    const find = async () => (await portrait('area', START + 6 * HOUR, START + 7 * HOUR)).rows.find(({ id }) => id === `${gone}/desk`);
    await expect.poll(find, WAIT).toMatchObject({ enough: true, people: 120 });
    expect((await hub.api('POST', `/api/v1/devices/${gone}/revoke`)).status).toBeLessThan(300);
    expect(await find()).toMatchObject({ name: 'Short-lived: Desk', people: 120 });
    expect((await portrait('zone', START + 6 * HOUR, START + 7 * HOUR)).rows).toMatchObject([{ id: 'hall', name: '=Hall', people: 120 }]);
    await hub.api('DELETE', `/api/v1/sites/${site}/zones/hall`);
    expect((await portrait('zone', START + 6 * HOUR, START + 7 * HOUR)).rows).toMatchObject([{ id: 'hall', name: '=Hall' }]);
  });

  it('is a table too, in which a name computes nothing', async () => {
    const { status, headers, body } = await hub.api('GET', `/api/v1/sites/${site}/emotions/portrait.csv?from=${START}&to=${START + 12 * HOUR}&by=zone`);
    const text = body['text'] as string;
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toMatch(new RegExp(`^attachment; filename="portrait_${site}_\\d{4}-\\d\\d-\\d\\d_\\d{4}-\\d\\d-\\d\\d\\.csv"$`));
    const lines = text.split('\r\n');
    expect(lines[0]).toContain('Smile-Index [0.5],Smile-Index [0.5] low,Smile-Index [0.5] high,Male %,');
    expect(lines[0]).not.toContain('Fear');
    expect(lines.find((line) => line.startsWith('stream,hall'))).toContain("'=Hall");
    expect(new Set(lines.slice(0, -1).map((line) => line.split(',').length)).size).toBe(1);
    expect(await get<{ text: string }>(`portrait?from=${START}&to=${START + 12 * HOUR}&by=zone&format=csv`)).toEqual({ text });
  });
});

describe('the other reports', () => {
  const range = `from=${START}&to=${START + 12 * HOUR}`;
  it('pair entrance and exit, and say what stands in each hour', async () => {
    const report = await get<Journey>(`journey?${range}`);
    expect(report).toMatchObject({ missing: null, pairs: 4 });
    expect(report.difference.low!).toBeGreaterThan(0);
    expect(report.hours[0]).toMatchObject({ hour: START, entrancePeople: 120, exitPeople: 120 });
  });
  it('are tables as well', async () => {
    for (const name of ['journey', 'attention', 'together', 'day-hours']) {
      const { status, body } = await hub.api('GET', `/api/v1/sites/${site}/emotions/${name}.csv?${range}`);
      expect(status, name).toBe(200);
      const lines = (body['text'] as string).split('\r\n').slice(0, -1);
      expect(lines.length, name).toBeGreaterThan(1);
      expect(new Set(lines.map((line) => line.split(',').length)).size, name).toBe(1);
    }
    expect((await hub.api('GET', `/api/v1/sites/${site}/emotions/now.csv`)).status).toBe(200);
  });
  it('say nothing of what moves together by fewer than 24 hours', async () => {
    const report = await get<Together>(`together?${range}`);
    expect(report.rows.map(({ with: name, same }) => [name, same.value])).toEqual([['ratings', null], ['inside', null], ['came', null], ['onDuty', null], ['receipts', null]]);
  });

  it('refuse periods and words that they do not know', async () => {
    const bad = ['', `from=${START}`, `from=${START}&to=${START}`, `from=${START}&to=${START - 1}`, 'from=x&to=5', 'from=-1&to=5', 'from=1e30&to=1e31', `from=${START - 93 * 24 * HOUR}&to=${START}`, `${range}&by=person`, `${range}&more=1`, `${range}&format=xls`];
    for (const name of ['portrait', 'journey', 'attention', 'together', 'day-hours']) {
      for (const query of bad) for (const ending of ['', '.csv']) expect((await hub.api('GET', `/api/v1/sites/${site}/emotions/${name}${ending}?${query}`)).status, `${name} ${query}`).toBe(422);
    }
    expect((await hub.api('GET', `/api/v1/sites/${site}/emotions/now?from=1`)).status).toBe(422);
    expect((await hub.api('GET', `/api/v1/sites/none/emotions/portrait?${range}`)).status).toBe(404);
  });
  it('are for those who may read them', async () => {
    for (const [role, report, now] of [['floor', 403, 200], ['analyst', 200, 200], ['supervisor', 200, 200]] as const) {
      const cookie = cookies[role]!;
      for (const name of ['portrait', 'journey', 'attention', 'together', 'day-hours']) expect((await hub.api('GET', `/api/v1/sites/${site}/emotions/${name}?${range}`, undefined, { cookie })).status, `${role} ${name}`).toBe(report);
      expect((await hub.api('GET', `/api/v1/sites/${site}/emotions/now`, undefined, { cookie })).status, role).toBe(now);
    }
    expect((await hub.api('GET', `/api/v1/sites/${site}/emotions/now`, undefined, { cookie: null })).status).toBe(401);
  });
});

describe('what everybody sees at once', () => {
  it('is the whole site\'s, of five people and more, and never one camera\'s', async () => {
    const now = Math.floor(Date.now() / 10_000) * 10_000 - 60_000;
    const cameras = await hub.live([{ channel: `cameras:${site}` }]);
    const floor = await hub.live([{ channel: `floor:${site}` }]);
    for (const client of [cameras, floor]) await client.until((message) => message.t === 'snapshot');

    const group = (from: number, n: number): EmotionWindow => windowOf(camera, from, Array.from({ length: n }, () => person(camera, 'door', from, 0.7)), DRAWN);
    await send([group(now - 20_000, 4)]);
    expect((await cameras.event('emotion.windowed', 60_000))['body']).toMatchObject({ camera, faces: 12, mood: null, smile: null, mean: { happy: 0 }, withFace: 25 });
    await send([group(now, 3)]);
    expect((await floor.event('emotion.summed', 60_000))['body']).toMatchObject({ people: 7, from: now - 20_000, to: now + 10_000, smile: 1 });

    const { whole } = await get<MoodNow>('now', cookies['floor']);
    expect(whole).toMatchObject({ people: 7, smile: { value: 1 } });
    expect(whole.mood.value! * 20).toBeCloseTo(Math.round(whole.mood.value! * 20), 9);

    // Who looks later sees no more than who was there.
    const later = await hub.live([{ channel: `cameras:${site}` }, { channel: `floor:${site}` }]);
    const snapshot = async <T>(kind: string): Promise<T> => (await later.until<SnapshotMessage>((message) => message.t === 'snapshot' && message.channel === `${kind}:${site}`, 60_000)).state as T;
    expect((await snapshot<CamerasState>('cameras')).cameras[camera]!.last).toMatchObject({ faces: 9, mood: null, smile: null });
    expect((await snapshot<FloorState>('floor')).minutes.filter(({ mood }) => mood.people > 0).map(({ mood }) => mood.people)).toEqual([7]);
    for (const client of [cameras, floor, later]) {
      const heard = JSON.stringify(client.messages.filter(({ t }) => t !== 'samples'));
      expect(heard).not.toContain('"visits"');
      expect(heard).not.toContain('"areas"');
      client.socket.close();
    }
  });

  it('and the log tells no more, not even an administrator', async () => {
    const events: AnyEvent[] = [];
    for (let after = 0; ;) {
      const { body } = await hub.api('GET', `/api/v1/sites/${site}/events?after=${after}&limit=1000`);
      if ((body['events'] as AnyEvent[]).length === 0) break;
      events.push(...body['events'] as AnyEvent[]);
      after = body['next'] as number;
    }
    const windows = events.filter(({ type }) => type === 'emotion.windowed');
    expect(windows).toHaveLength(sent);
    expect(windows.filter(({ body }) => 'visits' in body || 'areas' in body || (body as EmotionWindow).mood !== null)).toEqual([]);
  });
});
