import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseNode, isAbandoned, isChange, isLost, isPresent, reportTime, type NodeLoad } from './rules.ts';

const load = (node: string, capacity: number, cameras: string[] = [], site: string | null = null): NodeLoad => ({ node, site, capacity, cameras: new Set(cameras) });

describe('chooseNode', () => {
  it('gives the node with the most free capacity, not the one with the fewest cameras', () => {
    expect(chooseNode([load('a', 2, ['x']), load('b', 10, ['p', 'q'])], { camera: 'c', site: 's' })).toBe('b');
  });
  it('stays with the node that serves the camera, even a full one', () => {
    expect(chooseNode([load('a', 1, ['c']), load('b', 9)], { camera: 'c', site: 's' })).toBe('a');
  });
  it('gives nothing when every node is full or belongs to another site', () => {
    expect(chooseNode([load('a', 1, ['x']), load('b', 5, [], 'elsewhere')], { camera: 'c', site: 's' })).toBeUndefined();
    expect(chooseNode([], { camera: 'c', site: 's' })).toBeUndefined();
  });
  it('does not send a camera back to a node that may no longer serve its site', () => {
    expect(chooseNode([load('a', 4, ['c'], 'elsewhere'), load('b', 1)], { camera: 'c', site: 's' })).toBe('b');
  });

  it('over random arrivals: never above capacity, never refuses while there is room, order of nodes is irrelevant', () => {
    const seed = 20_260_101;
    console.info(`chooseNode seed ${seed}`);
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }), fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 40 }), (capacities, arrivals) => {
      const sets = capacities.map((capacity, i) => ({ node: `n${i}`, site: null, capacity, cameras: new Set<string>() }));
      const room = capacities.reduce((a, b) => a + b, 0);
      const placed = new Map<string, string>();
      for (const arrival of arrivals) {
        const camera = `c${arrival}`;
        const chosen = chooseNode(sets, { camera, site: 's' });
        expect(chooseNode([...sets].reverse(), { camera, site: 's' })).toBe(chosen);
        if (placed.has(camera)) { expect(chosen).toBe(placed.get(camera)); continue; }
        if (chosen === undefined) { expect(placed.size).toBe(room); continue; }
        const node = sets.find((one) => one.node === chosen)!;
        const most = Math.max(...sets.map((one) => one.capacity - one.cameras.size));
        expect(node.capacity - node.cameras.size).toBe(most);
        node.cameras.add(camera);
        placed.set(camera, chosen);
        expect(node.cameras.size).toBeLessThanOrEqual(node.capacity);
      }
    }), { seed, numRuns: 300 });
  });
});

describe('isAbandoned', () => {
  const place = { node: 'n', media: false, heldUntil: 100 };
  it('keeps a place while media flows, signalling lives or the camera is on its way', () => {
    expect(isAbandoned(place, false, 99)).toBe(false);
    expect(isAbandoned(place, true, 100)).toBe(false);
    expect(isAbandoned({ ...place, media: true }, false, 100)).toBe(false);
    expect(isAbandoned(place, false, 100)).toBe(true);
  });
});

describe('a node\'s liveness', () => {
  const times = { graceMs: 5_000, lostMs: 6_000 };
  it('present: connected, by a hub that was heard lately', () => {
    expect(isPresent({ seenAt: 10_000, absentSince: null }, 14_000, 4_000)).toBe(true);
    expect(isPresent({ seenAt: 10_000, absentSince: null }, 14_001, 4_000)).toBe(false);
    expect(isPresent({ seenAt: 10_000, absentSince: 10_000 }, 10_000, 4_000)).toBe(false);
  });
  it('lost: away for the whole grace, or its hub silent for too long', () => {
    expect(isLost({ seenAt: 10_000, absentSince: null }, 16_000, times)).toBe(false);
    expect(isLost({ seenAt: 10_000, absentSince: null }, 16_001, times)).toBe(true);
    expect(isLost({ seenAt: 10_000, absentSince: 10_500 }, 15_499, times)).toBe(false);
    expect(isLost({ seenAt: 10_000, absentSince: 10_500 }, 15_500, times)).toBe(true);
    expect(isLost({ seenAt: 10_000, absentSince: 12_000 }, 16_500, times)).toBe(false);
  });
});

describe('isChange', () => {
  const up = { connected: true, node: 'n', codec: 'VP8' };
  it('is silent for a repetition and for the disconnection of what was never connected', () => {
    expect(isChange(up, up)).toBe(false);
    expect(isChange(up, { ...up, codec: null })).toBe(false);
    expect(isChange(undefined, { ...up, connected: false })).toBe(false);
    expect(isChange({ ...up, connected: false }, { ...up, connected: false })).toBe(false);
  });
  it('does not believe a loss from the node that the camera has left', () => {
    expect(isChange(up, { connected: false, node: 'm', codec: null })).toBe(false);
  });
  it('tells a coming, a going, another node and another codec', () => {
    expect(isChange(undefined, up)).toBe(true);
    expect(isChange(up, { ...up, connected: false })).toBe(true);
    expect(isChange(up, { ...up, node: 'm' })).toBe(true);
    expect(isChange(up, { ...up, codec: 'H264' })).toBe(true);
  });
});

describe('reportTime', () => {
  it('keeps a plausible time and brings others to within the last minute', () => {
    expect(reportTime(990_000, 1_000_000)).toBe(990_000);
    expect(reportTime(2_000_000, 1_000_000)).toBe(1_000_000);
    expect(reportTime(0, 1_000_000)).toBe(940_000);
  });
});
