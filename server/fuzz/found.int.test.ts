import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import net from 'node:net';
import { startTestHub, type TestHub } from '../testing/whole-hub.ts';

let hub: TestHub;
beforeAll(async () => { hub = await startTestHub(); });
afterAll(() => hub.close());

/** What comes back for bytes on a fresh line, until the hub closes it. */
function say(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(new URL(hub.origin).port), '127.0.0.1', () => socket.write(text));
    let heard = '';
    socket.on('data', (data) => { heard += data.toString(); });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

describe('inputs that the fuzzers found', () => {
  it('a patch cannot set a column that is not its own: a device stays at its site and stays revoked', async () => {
    const { site, device } = await hub.shop();
    await hub.shop();
    for (const more of [{ site: 'shop-2' }, { kind: 'vision' }, { revokedAt: null }, { tokenHash: 'x' }]) {
      expect((await hub.api('PATCH', `/api/v1/devices/${device}`, { name: 'Button', ...more })).body).toMatchObject({ status: 422, code: 'invalid' });
    }
    expect((await hub.api('PATCH', `/api/v1/sites/${site}`, { id: 'stolen' })).status).toBe(422);
    expect((await hub.api('PATCH', `/api/v1/sites/${site}/touchpoints/till-3`, { id: 'stolen' })).status).toBe(422);
    const devices = (await hub.api('GET', `/api/v1/sites/${site}/devices`)).body;
    expect(JSON.stringify(devices)).toContain(device);
  });

  it('a command whose body is nested 30,000 deep is malformed', async () => {
    const { status, body } = await hub.api('POST', `/api/v1/alerts/${'0'.repeat(26)}/claim`, '['.repeat(30_000) + ']'.repeat(30_000), { headers: { 'idempotency-key': 'abcd-efgh-1' } });
    expect({ status, code: body['code'] }).toEqual({ status: 400, code: 'malformed' });
  });

  it('/ws without an upgrade is answered with a problem', async () => {
    const { status, body, headers } = await hub.api('GET', '/ws');
    expect({ status, code: body['code'], type: headers.get('content-type') }).toEqual({ status: 404, code: 'not_found', type: 'application/problem+json; charset=utf-8' });
  });

  it.each([
    ['no HTTP', 'FOO\r\n\r\n', 400, 'malformed'],
    ['endless headers', `GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(40_000)}\r\n\r\n`, 431, 'too_large'],
    ['two lengths', 'POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx', 400, 'malformed'],
  ])('%s is answered on the line with a problem, and the line is closed', async (_, text, status, code) => {
    const heard = await say(text);
    expect(heard).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(heard).toMatch(/content-type: application\/problem\+json/i);
    expect(JSON.parse(heard.slice(heard.indexOf('\r\n\r\n') + 4))).toMatchObject({ status, code });
  });
});
