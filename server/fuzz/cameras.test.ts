import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { CameraChoices, NewCameraSource, type CameraArea } from '../../contract/index.ts';
import { cameraAddress } from '../cameras/addresses.ts';
import { sharePulls, type Pull, type PullNode } from '../cameras/pulls.ts';
import { choicesFlaw, expectedVersion, tidy } from '../cameras/rules.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { mutateJson, mutateText, pick, type Random } from './testing/mutate.ts';
import { attempt, demandCleanPrototypes, demandFinite, MOST_MESSAGE } from './testing/properties.ts';
import { NOW, REST_BODIES } from './testing/samples.ts';

const EACH = 5_000;
const LONG = 120_000;
const SITE = { zones: [{ id: 'hall', name: 'Hall' }], touchpoints: [{ id: 'till-3', name: 'Till 3', zone: 'hall' }] };

/** A set-up whose shapes were drawn by somebody who does not look. */
function drawn(random: Random): object {
  const point = (): [number, number] => [random.next(), random.next()];
  const polygon = () => Array.from({ length: 3 + random.below(6) }, point);
  const area = (i: number): CameraArea => ({ id: `a${random.chance(0.1) ? 0 : i}`, name: 'A', role: 'contact', polygon: polygon(), zone: random.chance(0.5) ? 'hall' : null, touchpoint: random.chance(0.9) ? 'till-3' : 'none' });
  return { ...REST_BODIES['CameraChoices'], areas: Array.from({ length: random.below(4) }, (_, i) => area(i)), masks: Array.from({ length: random.below(3) }, polygon), line: { from: point(), to: point(), inward: 'left', reentryS: 5, groupS: 2 } };
}

describe('mutated set-ups of cameras', () => {
  it('have a flaw with a way to it, or are kept as something that fits, has none, and stays as it is', () => {
    const random = seededRandom(testSeed('set-ups'));
    let kept = 0;
    for (let i = 0; i < EACH; i++) {
      const usual = random.chance(0.5) ? drawn(random) : REST_BODIES['CameraChoices']!;
      const input = random.chance(0.4) ? usual : mutateJson(random, usual);
      if (!Value.Check(CameraChoices, input)) continue;
      attempt(input, () => {
        const flaw = choicesFlaw(input, SITE);
        if (flaw) {
          expect(flaw.path).toMatch(/^\/(areas|masks|line)/);
          return expect(flaw.message.length).toBeLessThanOrEqual(MOST_MESSAGE);
        }
        kept += 1;
        const stored = tidy(input);
        demandFinite(stored);
        expect(Value.Check(CameraChoices, stored)).toBe(true);
        expect(choicesFlaw(stored, SITE)).toBeUndefined();
        return expect(tidy(JSON.parse(JSON.stringify(stored)) as CameraChoices)).toEqual(stored);
      });
    }
    demandCleanPrototypes();
    console.log(`set-ups: ${EACH}, ${kept} kept`);
    expect(kept).toBeGreaterThan(EACH / 50);
  }, LONG);

  it('name a version only in the forms that there are', () => {
    const random = seededRandom(testSeed('versions'));
    for (let i = 0; i < EACH; i++) {
      const header = mutateText(random, pick(random, ['"3"', '12', '*', 'W/"3"', '"1", "2"', '']));
      attempt(header, () => {
        const version = expectedVersion(header);
        if (version !== undefined) expect(header).toMatch(new RegExp(`^\\s*"?0*${version}"?\\s*$`));
      });
    }
  });
});

describe('mutated addresses of IP cameras', () => {
  it('never show what may be secret, never lead to this machine, and hold nothing that ends an order to ffmpeg', () => {
    const random = seededRandom(testSeed('addresses'));
    const usual = ['rtsp://admin:hunter2@192.0.2.20:554/live?user=admin&password=hunter2', 'rtsps://u:hunter2@cam.shop.example/user=admin_password=hunter2_channel=1', 'rtsp://hunter2@[fd12::9]:8554/a', 'rtsp://127.0.0.1/s', 'rtsp://[::ffff:127.0.0.1]/s'];
    let taken = 0;
    for (let i = 0; i < 4 * EACH; i++) {
      const url = random.chance(0.05) ? pick(random, usual) : mutateText(random, pick(random, usual));
      if (!Value.Check(NewCameraSource, { url })) continue;
      attempt(url, () => {
        const read = cameraAddress(url, { local: false });
        if ('flaw' in read) return expect(read.flaw.length).toBeLessThanOrEqual(MOST_MESSAGE);
        taken += 1;
        expect(read.url).toMatch(/^rtsps?:\/\/[^\s'"\\\0]+$/);
        expect(read.shown).not.toContain('@');
        // Where the user ends is said by the last @ before the path; behind it the word is part of what everybody may see.
        if (/^rtsps?:\/\/[^/]*hunter2[^/]*@/.test(url) && url.split('hunter2').length === 2) expect(read.shown).not.toContain('hunter2');
        expect(read.shown).not.toMatch(/^rtsps?:\/\/(\[::1\]|\[::ffff:7f[^\]]*\]|(127\.\d+|0\.\d+|169\.254)\.\d+\.\d+|localhost)(?=[:/?]|$)/);
        return expect(cameraAddress(read.url, { local: false })).toEqual(read);
      });
    }
    console.log(`addresses: ${4 * EACH}, ${taken} taken`);
    expect(taken).toBeGreaterThan(EACH / 5);
  }, LONG);
});

describe('nodes that say anything', () => {
  it('never make two of them fetch one camera, and are never told of a site that they may not see', () => {
    const random = seededRandom(testSeed('pulls'));
    const sites = ['one', 'two'];
    const sources = Array.from({ length: 12 }, (_, i) => ({ camera: `cam-${i}`, site: sites[i % 2]! }));
    const siteOf = new Map(sources.map(({ camera, site }) => [camera, site]));
    const names = ['a', 'b', 'c', 'd'];
    let now = NOW;
    let given = 0;
    const nodes = new Map<string, PullNode>();
    const pulls = new Map<string, Pull>();
    for (let i = 0; i < EACH; i++) {
      now += random.below(4_000);
      const known = [...sources.filter(() => random.chance(0.95))];
      const ask = { node: pick(random, names), site: random.chance(0.5) ? null : pick(random, sites), room: random.chance(0.1) ? 1_000 : random.below(5), load: random.next(), pulling: [...sources.map(({ camera }) => camera), 'nobody', '__proto__'].filter(() => random.chance(0.2)) };
      attempt({ ask, now }, () => {
        const decided = sharePulls(ask, now, { nodes: [...nodes.values()], sources: known, pulls: [...pulls.values()] });
        const held = [...pulls.values()].filter(({ camera, node, until }) => until > now && node !== ask.node && known.some((one) => one.camera === camera)).map(({ camera }) => camera);
        for (const camera of decided.own) {
          given += 1;
          expect(held).not.toContain(camera);
          expect([null, siteOf.get(camera)]).toContain(ask.site);
        }
        expect(new Set(decided.own).size).toBe(decided.own.length);
        expect(new Set(decided.pulls.map(({ camera }) => camera)).size).toBe(decided.pulls.length);
        for (const node of decided.nodes) { demandFinite(node); expect(node.room).toBeGreaterThanOrEqual(0); nodes.set(node.node, node); }
        for (const pull of decided.pulls) { expect(pull.until).toBeGreaterThan(now); pulls.set(pull.camera, pull); }
        for (const camera of decided.ended) pulls.delete(camera);
      });
    }
    console.log(`pulls: ${EACH} questions, ${given} given`);
    expect(given).toBeGreaterThan(EACH / 10);
  }, LONG);
});
