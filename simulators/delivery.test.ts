import { describe, expect, it } from 'vitest';
import type { EventEnvelope } from '../contract/index.ts';
import { Delivery } from './delivery.ts';
import type { HubAnswer } from './hub-client.ts';
import { plannedUlid } from './ulid.ts';

const events = (count: number): EventEnvelope[] => Array.from({ length: count }, (_, i) => ({ id: plannedUlid(i, 'test'), type: 'feedback.rated', site: 'demo', at: i, body: { value: 4, scale: 4 } }));
const answer = (status: number, body: unknown = {}, retryAfterMs?: number): HubAnswer => ({ status, body, retryAfterMs });
const accepted = (count: number): HubAnswer => answer(200, { accepted: count, duplicates: 0, rejected: [] });

/** A hub that gives the prepared answers and then takes everything; waits are noted, not waited. */
function hub(...answers: HubAnswer[]) {
  const batches: EventEnvelope[][] = [];
  const pauses: number[] = [];
  const lines: string[] = [];
  const delivery = new Delivery({
    post: async (_path, body) => {
      const { events: batch } = body as { events: EventEnvelope[] };
      batches.push(batch);
      return answers.shift() ?? accepted(batch.length);
    },
    pause: async (ms) => { pauses.push(ms); },
    random: () => 0.5,
    report: (line) => lines.push(line),
  });
  return { delivery, batches, pauses, lines };
}

describe('Delivery', () => {
  it('sends in order, at most 500 at once', async () => {
    const { delivery, batches } = hub();
    const sent = events(1_200);
    delivery.add(sent);
    await delivery.settled();
    expect(batches.map((batch) => batch.length)).toEqual([500, 500, 200]);
    expect(batches.flat()).toEqual(sent);
    expect(delivery.counts.accepted).toBe(1_200);
  });

  it('sends the same batch again until the hub has judged it, as patiently as it asks', async () => {
    const { delivery, batches, pauses, lines } = hub(answer(429, {}, 7_000), answer(503, {}, 2_000), answer(0, { detail: 'refused' }), answer(500), accepted(3));
    delivery.add(events(3));
    await delivery.settled();
    expect(batches.map((batch) => batch.length)).toEqual([3, 3, 3, 3, 3]);
    expect(pauses).toEqual([7_000, 2_000, 125, 250]);
    expect(lines.length).toBeGreaterThan(0);
    expect(delivery.waiting).toBe(0);
  });

  it('a batch that is too large goes in halves', async () => {
    const { delivery, batches } = hub(answer(413), answer(413));
    delivery.add(events(8));
    await delivery.settled();
    expect(batches.map((batch) => batch.length)).toEqual([8, 4, 2, 2, 2, 2]);
  });

  it('what is refused is counted and told, and does not block what follows', async () => {
    const { delivery, lines } = hub(answer(422, { detail: 'None of the events can be used.' }), answer(200, { accepted: 0, duplicates: 1, rejected: [{ message: 'too old' }] }));
    delivery.add(events(2));
    await delivery.settled();
    delivery.add(events(2));
    await delivery.settled();
    expect(delivery.counts).toEqual({ accepted: 0, duplicates: 1, rejected: 3, dropped: 0 });
    expect(lines.join('\n')).toMatch(/None of the events[\s\S]*too old/);
  });

  it('a revoked device stops and keeps nothing', async () => {
    const { delivery, batches } = hub(answer(401, { detail: 'unknown token' }));
    delivery.add(events(600));
    await delivery.settled();
    delivery.add(events(5));
    await delivery.settled();
    expect(batches).toHaveLength(1);
    expect(delivery.counts.dropped).toBe(600);
  });
});
