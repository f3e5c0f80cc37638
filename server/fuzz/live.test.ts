import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { CLOSE_CODES, ClientMessage, LIMITS, parseChannel, PROTOCOL_VERSION, type CloseReason } from '../../contract/index.ts';
import { Connection, type Transport } from '../core/fanout/connection.ts';
import type { Fanout } from '../core/fanout/fanout.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { parse, Session } from '../live/session.ts';
import { frameOf, type Frame } from './testing/frames.ts';
import type { Random } from './testing/mutate.ts';
import { attempt, demandCleanPrototypes, demandRefusal } from './testing/properties.ts';
import { NOW } from './testing/samples.ts';

const SESSIONS = 6_000;
const MOST_FRAMES = 5;
const LONG = 120_000;

class FakeTransport implements Transport {
  codes: number[] = [];
  write(): void { this.codes.push(-1); }
  queuedBytes(): number { return 0; }
  sentBytes(): number { return 0; }
  close(code: number): void { this.codes.push(code); }
  terminate(): void { this.codes = []; }
}

/** Keeps what would be sent as text. */
class SpyConnection extends Connection {
  readonly texts: string[] = [];
  override sendText(text: string): void { if (!this.closed) this.texts.push(text); }
}

/** What PROTOCOL.md says of a frame, told apart from the code that is tested. */
function expectedOf({ data, binary }: Frame, ready: boolean): CloseReason | 'goes on' {
  if (data.byteLength > LIMITS.wsClientFrameBytes) return 'tooLarge';
  let message: unknown;
  try { message = JSON.parse(data.toString('utf8')); } catch { return 'badFrame'; }
  if (binary || !Value.Check(ClientMessage, message)) return 'badFrame';
  if (message.t === 'hello') return ready ? 'secondHello' : message.protocol === PROTOCOL_VERSION ? 'goes on' : 'protocolVersion';
  return ready ? 'goes on' : 'badFrame';
}

function demandAnswer(text: string): void {
  const message = JSON.parse(text) as { t: string; code: string; message: string; channel: string };
  if (message.t === 'welcome') return;
  expect(message.t).toBe('error');
  demandRefusal(message);
  expect(message.channel.length).toBeLessThanOrEqual(80);
}

/** One conversation of rubbish. @returns how it ended. */
async function converse(random: Random): Promise<CloseReason | 'open'> {
  const failures: unknown[] = [];
  const transport = new FakeTransport();
  const connection = new SpyConnection(transport, 0);
  const fanout = {
    subscribe: async (_connection: Connection, channel: string) => {
      expect(parseChannel(channel)?.site).toBe('shop');
      if (random.chance(0.2)) throw new Error('the store is away');
      connection.channels.add(channel);
      return 'snapshot' as const;
    },
    unsubscribe: (_connection: Connection, channel: string) => { connection.channels.delete(channel); },
  } as unknown as Fanout;
  const session = new Session({ connection, fanout, clock: () => NOW, hub: 'h', exists: async () => true, may: (_permission, site) => site === 'shop', onError: (error) => { if (!String(error).includes('away')) failures.push(error); } });
  let ended: CloseReason | undefined;
  let ready = false;
  for (let i = random.below(MOST_FRAMES); i >= 0 && ended === undefined; i--) {
    const frame = i === 0 || ready || random.chance(0.5) ? frameOf(random) : { data: Buffer.from('{"t":"hello","protocol":1,"subscriptions":[]}'), binary: false };
    const expected = expectedOf(frame, ready);
    attempt(frame.data, () => session.message(frame.data, frame.binary));
    attempt(frame.data, () => expect(transport.codes).toEqual(expected === 'goes on' ? [] : [CLOSE_CODES[expected].code]));
    if (expected === 'goes on') ready = true; else ended = expected;
    await new Promise((done) => { setImmediate(done); });
  }
  session.end();
  // Nothing is heard once the socket is gone.
  session.message(Buffer.from('{"t":"hello","protocol":1,"subscriptions":[]}'), false);
  expect(failures).toEqual([]);
  expect(transport.codes.length).toBe(ended === undefined ? 0 : 1);
  expect(connection.channels.size).toBeLessThanOrEqual(LIMITS.wsSubscriptions);
  for (const text of connection.texts) demandAnswer(text);
  return ended ?? 'open';
}

describe('mutated frames of /ws', () => {
  it('[P3] [P4] are answered or closed with the code that the protocol names, and nothing throws', async () => {
    const random = seededRandom(testSeed('live'));
    const ends: Record<string, number> = {};
    for (let i = 0; i < SESSIONS; i++) {
      const end = await converse(random);
      ends[end] = (ends[end] ?? 0) + 1;
    }
    demandCleanPrototypes();
    console.log(`live: ${SESSIONS} conversations of up to ${MOST_FRAMES} frames: ${JSON.stringify(ends)}`);
    expect(Object.keys(ends).sort()).toEqual(['badFrame', 'open', 'protocolVersion', 'secondHello', 'tooLarge']);
  }, LONG);

  it('are a message of the protocol only if they fit its schema', () => {
    const random = seededRandom(testSeed('messages'));
    let accepted = 0;
    const count = 10_000;
    for (let i = 0; i < count; i++) {
      const { data } = frameOf(random);
      attempt(data, () => {
        const message = parse(data);
        if (message === undefined) return;
        accepted += 1;
        expect(Value.Check(ClientMessage, message)).toBe(true);
        expect(parse(Buffer.from(JSON.stringify(message)))).toEqual(message);
      });
    }
    console.log(`messages: ${count} frames, ${accepted} fit`);
    expect(accepted).toBeGreaterThan(count / 10);
  }, LONG);
});
