import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/testing/random.ts';
import { LEASE_MS, SETTLE_MS, sharePulls, type Pull, type PullAsk, type PullNode, type PullSource } from './pulls.ts';

const NOW = 1_000_000;
const sources = (...cameras: string[]): PullSource[] => cameras.map((camera) => ({ camera, site: 'shop' }));
const nodeOf = (node: string, changes: Partial<PullNode> = {}): PullNode => ({ node, site: null, room: 4, load: 0.1, since: NOW - 60_000, seenAt: NOW - 500, ...changes });
const askOf = (node: string, changes: Partial<PullAsk> = {}): PullAsk => ({ node, site: null, room: 4, load: 0.1, pulling: [], ...changes });
const given = (pulls: readonly Pull[]): Record<string, string> => Object.fromEntries(pulls.map(({ camera, node }) => [camera, node]));

describe('IP cameras', () => {
  it('go to the node with the least load that has room, whoever asks', () => {
    const nodes = [nodeOf('a', { load: 0.9 }), nodeOf('b', { load: 0.2 }), nodeOf('full', { load: 0, room: 0 })];
    const decision = sharePulls(askOf('a', { load: 0.9 }), NOW, { nodes, sources: sources('one'), pulls: [] });
    expect(given(decision.pulls)).toEqual({ one: 'b' });
    expect(decision.own).toEqual([]);
    expect(decision.nodes.find(({ node }) => node === 'b')?.room).toBe(3);
  });

  it('are spread when many come at once', () => {
    const decision = sharePulls(askOf('a'), NOW, { nodes: [nodeOf('a'), nodeOf('b')], sources: sources('1', '2', '3', '4', '5', '6', '7', '8', '9', '10'), pulls: [] });
    expect(Object.values(given(decision.pulls)).filter((node) => node === 'a')).toHaveLength(4);
    expect(decision.pulls).toHaveLength(8);
  });

  it('stay with a node that speaks, and go on when it has not for as long as a lease', () => {
    const pulls = [{ camera: 'one', node: 'a', until: NOW + 2_000 }];
    expect(sharePulls(askOf('b'), NOW, { nodes: [nodeOf('a'), nodeOf('b')], sources: sources('one'), pulls }).pulls).toEqual([]);
    expect(sharePulls(askOf('a', { pulling: ['one'] }), NOW, { nodes: [nodeOf('a')], sources: sources('one'), pulls })).toMatchObject({ own: ['one'], pulls: [{ until: NOW + LEASE_MS }] });
    const late = NOW + 2_000;
    expect(sharePulls(askOf('b'), late, { nodes: [nodeOf('a', { seenAt: NOW - 4_000 }), nodeOf('b')], sources: sources('one'), pulls }).own).toEqual(['one']);
  });

  it('are kept by whoever fetches them through an outage of the hub; the first one back takes nothing of the others at once', () => {
    const outage = NOW + 60_000;
    const world = { nodes: [nodeOf('a'), nodeOf('b')], sources: sources('one', 'two'), pulls: [{ camera: 'one', node: 'a', until: NOW }, { camera: 'two', node: 'b', until: NOW }] };
    const first = sharePulls(askOf('b', { pulling: ['two'] }), outage, world);
    expect(first.own).toEqual(['two']);
    expect(first.pulls).toHaveLength(1);
    const later = outage + SETTLE_MS;
    const known = first.nodes.map((node) => ({ ...node, seenAt: later - 500 }));
    expect(sharePulls(askOf('b', { pulling: ['two'] }), later, { ...world, nodes: known, pulls: first.pulls }).own.sort()).toEqual(['one', 'two']);
  });

  it('are seen only by nodes of their site', () => {
    const far: PullSource[] = [{ camera: 'far', site: 'elsewhere' }];
    const nodes = [nodeOf('a', { site: 'shop', load: 0 }), nodeOf('b', { load: 0.8 })];
    expect(given(sharePulls(askOf('a', { site: 'shop' }), NOW, { nodes, sources: far, pulls: [] }).pulls)).toEqual({ far: 'b' });
    expect(sharePulls(askOf('a', { site: 'shop', pulling: ['far'] }), NOW, { nodes: nodes.slice(0, 1), sources: far, pulls: [] }).own).toEqual([]);
  });

  it('that are gone are let go of', () => {
    expect(sharePulls(askOf('a', { pulling: ['gone'] }), NOW, { nodes: [nodeOf('a')], sources: [], pulls: [{ camera: 'gone', node: 'a', until: NOW + 5_000 }] })).toMatchObject({ own: [], ended: ['gone'] });
  });

  it('have one node each at any time, within what nodes can take, whatever nodes do', () => {
    const seed = 20_261_122;
    const random = seededRandom(seed);
    const all = sources(...Array.from({ length: 12 }, (_, i) => `c${i}`));
    let world: { nodes: PullNode[]; pulls: Pull[] } = { nodes: [], pulls: [] };
    const holds = new Map<string, Set<string>>(['a', 'b', 'c'].map((node) => [node, new Set<string>()]));
    for (let step = 0, now = NOW; step < 2_000; step++, now += 200 + random.below(900)) {
      const node = ['a', 'b', 'c'][random.below(3)]!;
      const own = holds.get(node)!;
      if (random.below(40) === 0) { own.clear(); continue; }
      const lease = (camera: string): Pull | undefined => world.pulls.find((pull) => pull.camera === camera);
      const decision = sharePulls(askOf(node, { room: Math.max(0, 6 - own.size), load: own.size / 6, pulling: [...own] }), now, { ...world, sources: all });
      for (const pull of decision.pulls) {
        const before = lease(pull.camera);
        if (before && before.until > now) expect(before.node, `seed ${seed} step ${step}`).toBe(pull.node);
      }
      const put = <T, K extends keyof T>(rows: T[], news: readonly T[], key: K): T[] => [...rows.filter((row) => !news.some((one) => one[key] === row[key])), ...news];
      world = { nodes: put(world.nodes, decision.nodes, 'node'), pulls: put(world.pulls, decision.pulls, 'camera') };
      holds.set(node, new Set(decision.own));
      expect(decision.own.length, `seed ${seed} step ${step}`).toBeLessThanOrEqual(6);
    }
    expect(world.pulls).toHaveLength(12);
  });
});
