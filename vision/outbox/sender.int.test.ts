import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Compile } from 'typebox/compile';
import { EventsRequest, SENT_AT_HEADER, type EventEnvelope, type EventsReply } from '../../contract/index.ts';
import { until } from '../testing/hub.ts';
import { Outbox } from './outbox.ts';
import { OutboxSender } from './sender.ts';

interface Request { headers: Record<string, string | string[] | undefined>; events: EventEnvelope[] }
type Answer = (request: Request) => { status: number; body?: unknown };

const isRequest = Compile(EventsRequest);
const event = (at: number) => ({ type: 'emotion.windowed', site: 'shop', at, body: {} });
const takeAll: Answer = ({ events }) => ({ status: 200, body: { accepted: events.length, duplicates: 0, rejected: [] } satisfies EventsReply });

describe('OutboxSender', () => {
  let server: Server;
  let outbox: Outbox;
  let sender: OutboxSender;
  let requests: Request[];
  let answer: Answer;

  beforeEach(async () => {
    requests = [];
    answer = takeAll;
    server = createServer(async (incoming, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
      expect(isRequest.Check(body)).toBe(true);
      const request = { headers: incoming.headers, events: (body as { events: EventEnvelope[] }).events };
      requests.push(request);
      const { status, body: reply } = answer(request);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(reply ?? {}));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    outbox = new Outbox({ path: ':memory:' });
    sender = new OutboxSender({ hubUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'secret', outbox, log: pino({ level: 'silent' }), batch: 200, random: () => 0.01 });
  });
  afterEach(async () => {
    sender.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    outbox.close();
  });

  it('sends all in batches of 200 in order, with its token and its clock', async () => {
    outbox.add(Array.from({ length: 450 }, (_, at) => event(at)));
    sender.wake();
    await until(() => outbox.size === 0, 'an empty outbox');
    expect(requests.map(({ events }) => events.length)).toEqual([200, 200, 50]);
    expect(requests.flatMap(({ events }) => events.map(({ at }) => at))).toEqual(Array.from({ length: 450 }, (_, at) => at));
    expect(requests[0]!.headers['authorization']).toBe('Bearer secret');
    expect(Math.abs(Date.now() - Number(requests[0]!.headers[SENT_AT_HEADER]))).toBeLessThan(30_000);
  });

  it.each([500, 503, 429, 404])('repeats the same events with the same ids after %i', async (status) => {
    answer = (request) => (requests.length < 3 ? { status } : takeAll(request));
    outbox.add([event(1), event(2)]);
    sender.wake();
    await until(() => outbox.size === 0, 'an empty outbox');
    expect(requests).toHaveLength(3);
    expect(new Set(requests.map(({ events }) => JSON.stringify(events))).size).toBe(1);
  });

  it('sends what was kept when the hub comes back', async () => {
    const { port } = server.address() as AddressInfo;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    outbox.add([event(1)]);
    await sender.flush();
    expect(outbox.size).toBe(1);
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    await until(() => outbox.size === 0, 'an empty outbox');
  });

  it.each([401, 403])('keeps the events when the token is refused (%i)', async (status) => {
    answer = (request) => (requests.length < 4 ? { status } : takeAll(request));
    outbox.add([event(1)]);
    await sender.flush();
    expect(outbox.size).toBe(1);
    await until(() => outbox.size === 0, 'an empty outbox');
    expect(sender.refused.size).toBe(0);
  });

  it('drops events that the hub refuses for good, by code, and keeps those it cannot take now', async () => {
    let first = true;
    answer = (request) => {
      if (!first) return takeAll(request);
      first = false;
      return { status: 200, body: { accepted: 1, duplicates: 0, rejected: [{ index: 0, id: null, code: 'forbidden_site', message: '' }, { index: 2, id: null, code: 'store_busy', message: '' }] } satisfies EventsReply };
    };
    outbox.add([event(1), event(2), event(3)]);
    sender.wake();
    await until(() => outbox.size === 0, 'an empty outbox');
    expect(requests.map(({ events }) => events.map(({ at }) => at))).toEqual([[1, 2, 3], [3]]);
    expect([...sender.refused]).toEqual([['forbidden_site', 1]]);
  });

  it('drops a batch that the hub says it will never take', async () => {
    answer = () => ({ status: 422, body: { code: 'nothing_usable' } });
    outbox.add([event(1), event(2)]);
    sender.wake();
    await until(() => outbox.size === 0, 'an empty outbox');
    expect([...sender.refused]).toEqual([['nothing_usable', 2]]);
  });

  it.each([['no JSON object', 'x'], ['another shape', { accepted: 'all' }]])('keeps the events when the answer is %s', async (_, body) => {
    answer = () => ({ status: 200, body });
    outbox.add([event(1)]);
    await sender.flush();
    expect(outbox.size).toBe(1);
  });

  it('loses nothing that is added while a request is under way', async () => {
    answer = (request) => {
      if (requests.length === 1) { outbox.add([event(2)]); sender.wake(); }
      return takeAll(request);
    };
    outbox.add([event(1)]);
    sender.wake();
    await until(() => requests.flatMap(({ events }) => events).length === 2, 'both events');
    expect(outbox.size).toBe(0);
  });
});
