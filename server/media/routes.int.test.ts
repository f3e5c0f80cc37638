import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LogStore } from '../core/store/store.ts';
import { temporaryStore } from '../core/testing/store.ts';
import { SITE, startHub, startNode, type FakeNode, type TestHub } from './testing/hub.ts';

const OFFER = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n';
const ANSWER = 'v=0\r\ns=answer\r\n';

let store: LogStore;
let dispose: () => Promise<void>;
let hub: TestHub;
let node: FakeNode | undefined;
beforeAll(async () => {
  ({ store, dispose } = await temporaryStore());
  hub = await startHub(store, []);
});
afterEach(() => { node?.socket.disconnect(); node = undefined; });
afterAll(async () => {
  await hub.close();
  await dispose();
});

const publish = (body: string, { token = 'token-camera-one', camera = 'cam-1', type = 'application/sdp' } = {}): Promise<Response> =>
  fetch(`${hub.url}/api/v1/cameras/${camera}/whip`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': type }, body });
const code = async (response: Response): Promise<unknown> => ((await response.json()) as { code?: unknown }).code;

describe('WHIP', () => {
  it('an offer goes to a node, its answer comes back with a Location that ends it', async () => {
    node = await startNode(hub, 'whip', 'token-vision', () => ({ ok: true, data: { sdp: ANSWER } }));
    await node.register();
    const created = await publish(OFFER);
    expect([created.status, created.headers.get('content-type'), await created.text()]).toEqual([201, 'application/sdp', ANSWER]);
    expect(node.requests).toEqual([{ event: 'node:whip', request: { camera: 'cam-1', site: SITE, name: 'Door', payload: { sdp: OFFER } } }]);

    const resource = `${hub.url}${created.headers.get('location')}`;
    const end = (token: string): Promise<Response> => fetch(resource, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } });
    expect((await end('token-camera-two')).status).toBe(403);
    expect((await end('token-camera-one')).status).toBe(204);
    expect(node.requests.at(-1)).toMatchObject({ event: 'camera:close', request: { camera: 'cam-1' } });
    expect((await end('token-camera-one')).status).toBe(404);
  });

  it.each([
    ['no body', ''], ['text', 'hello'], ['JSON', '{"sdp":"v=0"}'], ['an offer without video', 'v=0\r\nm=audio 9 X 0\r\n'], ['control characters', '\u0000\u0001m=video '],
  ])('%s is bad_sdp and never reaches a node', async (_title, body) => {
    node = await startNode(hub, 'whip', 'token-vision', () => ({ ok: true, data: { sdp: ANSWER } }));
    await node.register();
    const response = await publish(body, { camera: 'cam-2', token: 'token-camera-two' });
    expect([response.status, await code(response)]).toEqual([400, 'bad_sdp']);
    expect(node.requests).toEqual([]);
  });

  it('refuses another content type, a body above 32 KiB, unknown tokens and other devices\' tokens', async () => {
    expect((await publish(OFFER, { type: 'text/plain' })).status).toBe(415);
    expect((await publish(`${OFFER}${'a=x\r\n'.repeat(8_000)}`)).status).toBe(413);
    expect((await publish(OFFER, { token: 'token-nobody' })).status).toBe(401);
    expect((await publish(OFFER, { token: 'x'.repeat(5_000) })).status).toBe(401);
    expect((await publish(OFFER, { token: 'token-camera-two' })).status).toBe(403);
    expect((await publish(OFFER, { token: 'token-button', camera: 'button-1' })).status).toBe(403);
    expect((await fetch(`${hub.url}/api/v1/cameras/cam-1/whip`, { method: 'POST', headers: { 'content-type': 'application/sdp', authorization: 'Basic eDp5' }, body: OFFER })).status).toBe(401);
  });

  it('without a node: 503 no_vision_node and when to try again', async () => {
    const response = await publish(OFFER);
    expect([response.status, await code(response), response.headers.get('retry-after')]).toEqual([503, 'no_vision_node', '5']);
  });

  it('a node that finds the offer bad, or answers rubbish, gives 400 and 502', async () => {
    node = await startNode(hub, 'whip', 'token-vision', (_event, request) => (request.camera === 'cam-1' ? { ok: false, code: 'bad_sdp', message: 'no fingerprint' } : { ok: true, data: { sdp: 7 } }));
    await node.register();
    const bad = await publish(OFFER);
    expect([bad.status, await code(bad)]).toEqual([400, 'bad_sdp']);
    const rubbish = await publish(OFFER, { token: 'token-camera-two', camera: 'cam-2' });
    expect([rubbish.status, await code(rubbish)]).toEqual([502, 'media_failed']);
  });

  it('a camera that offers without end is told to wait', async () => {
    const responses = await Promise.all(Array.from({ length: 40 }, () => publish(OFFER, { token: 'token-camera-far', camera: 'cam-3' })));
    const limited = responses.filter(({ status }) => status === 429);
    expect(limited).toHaveLength(10);
    expect(Number(limited[0]!.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('WHIP as RFC 9725 has it', () => {
  const WITH_ICE = OFFER.replace('m=video', 'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=video');
  const FRAGMENT = 'a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=candidate:1 1 UDP 2130706431 192.0.2.1 5000 typ host\r\na=end-of-candidates\r\n';
  const patch = (url: string, { token = 'token-camera-one', body = FRAGMENT, type = 'application/trickle-ice-sdpfrag', ifMatch }: { token?: string; body?: string; type?: string; ifMatch?: string }): Promise<Response> =>
    fetch(url, { method: 'PATCH', headers: { authorization: `Bearer ${token}`, 'content-type': type, ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }) }, body });
  const create = async (): Promise<{ url: string; etag: string }> => {
    node = await startNode(hub, `whip-${Math.random()}`, 'token-vision', () => ({ ok: true, data: { sdp: ANSWER } }));
    await node.register();
    const created = await publish(WITH_ICE);
    expect(created.status).toBe(201);
    return { url: `${hub.url}${created.headers.get('location')}`, etag: created.headers.get('etag')! };
  };

  it('answers an offer with Location, ETag and what PATCH takes, readable by any page', async () => {
    const { etag } = await create();
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    const response = await publish(WITH_ICE);
    expect(response.headers.get('accept-patch')).toBe('application/trickle-ice-sdpfrag');
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-expose-headers')).toMatch(/Location.*ETag/);
    expect(response.headers.get('etag')).not.toBe(etag);
  });

  it('answers OPTIONS of pages elsewhere, and says what is taken', async () => {
    const asked = { origin: 'https://encoder.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' };
    const endpoint = await fetch(`${hub.url}/api/v1/cameras/cam-1/whip`, { method: 'OPTIONS', headers: asked });
    expect([endpoint.status, endpoint.headers.get('accept-post'), endpoint.headers.get('access-control-allow-origin'), endpoint.headers.get('access-control-allow-methods')]).toEqual([200, 'application/sdp', '*', 'POST, OPTIONS']);
    expect(endpoint.headers.get('access-control-allow-headers')).toMatch(/Authorization.*Content-Type/);
    const session = await fetch(`${hub.url}/api/v1/cameras/cam-1/whip/some`, { method: 'OPTIONS', headers: { ...asked, 'access-control-request-method': 'PATCH' } });
    expect([session.status, session.headers.get('accept-patch'), session.headers.get('access-control-allow-methods')]).toEqual([200, 'application/trickle-ice-sdpfrag', 'PATCH, DELETE, OPTIONS']);
  });

  it('takes an offer from a page elsewhere, and lets it read refusals', async () => {
    node = await startNode(hub, 'whip-page', 'token-vision', () => ({ ok: true, data: { sdp: ANSWER } }));
    await node.register();
    const from = (token: string): Promise<Response> => fetch(`${hub.url}/api/v1/cameras/cam-1/whip`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp', origin: 'https://encoder.example', 'sec-fetch-site': 'cross-site' }, body: OFFER });
    expect((await from('token-camera-one')).status).toBe(201);
    const refused = await from('token-nobody');
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
  });

  it.each(['GET', 'PUT', 'HEAD'])('%s is not taken, neither by the endpoint nor by a session', async (method) => {
    const headers = { authorization: 'Bearer token-camera-one' };
    const endpoint = await fetch(`${hub.url}/api/v1/cameras/cam-1/whip`, { method, headers });
    expect([endpoint.status, endpoint.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
    const session = await fetch(`${hub.url}/api/v1/cameras/cam-1/whip/some`, { method, headers });
    expect([session.status, session.headers.get('allow')]).toEqual([405, 'DELETE, OPTIONS, PATCH']);
  });

  it('takes trickled candidates of this ICE session', async () => {
    const { url, etag } = await create();
    expect((await patch(url, { ifMatch: etag })).status).toBe(204);
    expect((await patch(url, { ifMatch: etag, token: 'token-camera-two' })).status).toBe(403);
    expect((await patch(`${url}x`, { ifMatch: etag })).status).toBe(404);
  });

  it.each([
    ['without If-Match', 428, {}],
    ['with another ETag', 412, { ifMatch: '"other"' }],
    ['that restart ICE', 422, { ifMatch: '*' }],
    ['of another type', 415, { ifMatch: '"x"', type: 'application/sdp' }],
    ['that name no ICE session', 400, { ifMatch: '"x"', body: 'a=candidate:1' }],
    ['without end', 413, { ifMatch: '"x"', body: 'a=x\r\n'.repeat(3_000) }],
  ])('refuses candidates %s with %i', async (_title, status, options) => {
    const { url } = await create();
    expect((await patch(url, options)).status).toBe(status);
  });

  it('refuses candidates of other credentials with 412', async () => {
    const { url, etag } = await create();
    expect((await patch(url, { ifMatch: etag, body: FRAGMENT.replace('abcd', 'efgh') })).status).toBe(412);
  });

  it('a full node gives 503 and when to try again', async () => {
    node = await startNode(hub, 'whip-full', 'token-vision', () => ({ ok: false, code: 'unavailable', message: 'this node takes 4 cameras and is full' }));
    await node.register();
    const response = await publish(OFFER);
    expect([response.status, await code(response), response.headers.get('retry-after')]).toEqual([503, 'unavailable', '5']);
  });
});

describe('GET /api/v1/sites/:site/cameras', () => {
  it('lists the site\'s cameras for whoever may read them, and nothing for others', async () => {
    const url = `${hub.url}/api/v1/sites/${SITE}/cameras`;
    expect((await fetch(url)).status).toBe(401);
    const reply = await fetch(url, { headers: { 'x-person': `cameras.read at ${SITE}` } });
    expect(await reply.json()).toEqual({
      cameras: [
        { id: 'cam-1', name: 'Door', touchpoint: 'door', connected: false, since: null, reason: null, codec: null, node: null, analysis: null, setup: 0 },
        { id: 'cam-2', name: 'Till', touchpoint: null, connected: false, since: null, reason: null, codec: null, node: null, analysis: null, setup: 0 },
      ],
    });
  });
});
