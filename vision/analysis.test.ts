import { describe, expect, it } from 'vitest';
import type { AnalysisStop, CameraSetup } from '../contract/index.ts';
import { CameraAnalysis, stopOf } from './analysis.ts';
import type { Failure } from './measure/measurer.ts';
import { encodeScene } from './measure/scene.ts';
import { testSetup } from './testing/setup.ts';

const directions = Uint8Array.from({ length: 1200 }, (_, i) => (i % 5 === 0 ? 1 + (i % 15) : 0));
const scene = encodeScene(directions);
const mask: CameraSetup['masks'] = [[[0, 0], [0.3, 0], [0.3, 0.3]]];
const line: CameraSetup['line'] = { from: [0, 0.5], to: [1, 0.5], inward: 'left', reentryS: 5, groupS: 2 };
const known = (changes: Partial<CameraSetup> = {}) => testSetup('cam', { scene, ...changes });

/** Frames every 200 ms, from `from` to before `to`. */
function feed(analysis: CameraAnalysis, from: number, to: number, stopped: AnalysisStop | null, failures: Failure[] = []): void {
  for (let at = from; at < to; at += 200) analysis.observe({ at, stopped, directions: analysis.allowed.learn ? directions : null, failures });
}

function running(changes: Partial<CameraSetup> = {}): CameraAnalysis {
  const analysis = new CameraAnalysis();
  analysis.configure(known(changes), 0);
  feed(analysis, 0, 1_000, null);
  return analysis;
}

describe('what a set-up allows', () => {
  it.each<[AnalysisStop | null, Partial<CameraSetup>]>([
    ['not_set_up', { version: 0 }], ['staff_unknown', { staff: null }], ['mask_missing', { staff: 'masked' }], ['mask_missing', { staff: 'masked', masks: [[[0, 0], [1, 1], [0.5, 0.5]]] }],
    ['off', { emotions: false }], ['off', { emotions: false, counting: true }], [null, {}], [null, { staff: 'masked', masks: mask }], [null, { emotions: false, counting: true, line }],
  ])('%s: %j', (reason, changes) => {
    const setup = known(changes);
    expect(stopOf(setup)).toBe(reason);
    const analysis = new CameraAnalysis();
    analysis.configure(setup, 5);
    feed(analysis, 0, 2_000, null);
    expect(analysis.standing).toMatchObject({ running: reason === null, reason });
    if (reason !== null) expect(analysis.allowed).toEqual({ faces: false, people: false, pose: false, person: false, learn: false });
  });

  it('is nothing before one is known', () => {
    const analysis = new CameraAnalysis();
    feed(analysis, 0, 2_000, null);
    expect(analysis.standing).toBeNull();
    expect(analysis.allowed).toMatchObject({ faces: false, people: false, learn: false });
  });

  it('is faces, people, age and sex as it says', () => {
    expect(running().allowed).toEqual({ faces: true, people: false, pose: true, person: false, learn: false });
    expect(running({ demographics: true, counting: true, line }).allowed).toEqual({ faces: true, people: true, pose: true, person: true, learn: false });
    expect(running({ emotions: false, counting: true, line, demographics: true }).allowed).toEqual({ faces: false, people: true, pose: false, person: false, learn: false });
  });
});

describe('analysis stops at once', () => {
  it.each<[AnalysisStop, Partial<CameraSetup>]>([['mask_missing', { staff: 'masked', masks: [] }], ['staff_unknown', { staff: null }], ['not_set_up', { version: 0 }], ['off', { emotions: false }], ['learning', { version: 2, scene: null }]])(
    'when the set-up changes: %s', (reason, changes) => {
      const analysis = running();
      expect(analysis.standing).toMatchObject({ running: true, reason: null });
      analysis.configure(known({ version: 2, ...changes }), 1_000);
      expect(analysis.standing).toEqual({ running: false, reason, since: 1_000 });
      expect(analysis.allowed).toMatchObject({ faces: false, people: false });
    });
});

describe('a camera that was moved', () => {
  it('is told of within a second, not for a single frame, and is back when the scene fits for three seconds', () => {
    const analysis = running();
    feed(analysis, 1_000, 1_200, 'moved');
    feed(analysis, 1_200, 2_000, null);
    expect(analysis.standing?.running).toBe(true);
    feed(analysis, 2_000, 2_900, 'moved');
    expect(analysis.standing).toMatchObject({ running: false, reason: 'moved' });
    expect(analysis.standing!.since - 2_000).toBeLessThanOrEqual(1_000);
    expect(analysis.allowed).toMatchObject({ faces: false, people: false });
    feed(analysis, 3_000, 5_900, null);
    expect(analysis.standing).toMatchObject({ running: false, reason: 'moved' });
    feed(analysis, 5_900, 6_300, null);
    expect(analysis.standing).toMatchObject({ running: true, reason: null });
  });

  it('is told of within two frames at one frame a second', () => {
    const analysis = running();
    analysis.observe({ at: 2_000, stopped: 'moved', directions: null, failures: [] });
    analysis.observe({ at: 3_000, stopped: 'moved', directions: null, failures: [] });
    expect(analysis.standing).toMatchObject({ running: false, reason: 'moved' });
  });

  it('starts the three seconds anew with every frame that does not fit, and says when it is dark instead', () => {
    const analysis = running();
    feed(analysis, 2_000, 3_000, 'moved');
    feed(analysis, 3_000, 5_000, null);
    feed(analysis, 5_000, 5_200, 'too_dark');
    expect(analysis.standing).toMatchObject({ reason: 'too_dark' });
    feed(analysis, 5_200, 8_000, null);
    expect(analysis.standing).toMatchObject({ running: false });
    feed(analysis, 8_000, 8_600, null);
    expect(analysis.standing).toMatchObject({ running: true });
  });

  it('is told of a picture that is too large in the same way', () => {
    const analysis = running();
    feed(analysis, 2_000, 2_200, 'too_large');
    expect(analysis.standing?.running).toBe(true);
    feed(analysis, 2_200, 3_000, 'too_large');
    expect(analysis.standing).toMatchObject({ running: false, reason: 'too_large' });
    expect(analysis.allowed).toMatchObject({ faces: false, people: false });
    feed(analysis, 3_000, 5_900, null);
    expect(analysis.standing).toMatchObject({ running: false, reason: 'too_large' });
    feed(analysis, 5_900, 6_300, null);
    expect(analysis.standing).toMatchObject({ running: true, reason: null });
  });

  it('is no other camera when its set-up is told again, opened or closed', () => {
    const analysis = running();
    feed(analysis, 2_000, 3_000, 'moved');
    analysis.configure(known(), 3_000);
    analysis.configure(known({ openUntil: 9e12 }), 3_000);
    expect(analysis.standing).toMatchObject({ running: false, reason: 'moved' });
    analysis.reopen();
    expect(analysis.allowed.faces).toBe(false);
    analysis.configure(known({ version: 2 }), 4_000);
    expect(analysis.standing).toBeNull();
  });
});

describe('a scene that is not known', () => {
  it('is learnt in five seconds, reported once, and looked at only then', () => {
    const analysis = new CameraAnalysis();
    analysis.configure(testSetup('cam', { version: 4 }), 0);
    const reports = [];
    for (let at = 0; at <= 8_000; at += 200) {
      if (at < 5_000) expect(analysis.allowed).toMatchObject({ faces: false, learn: true });
      const report = analysis.observe({ at, stopped: null, directions: analysis.allowed.learn ? directions : null, failures: [] });
      if (report) reports.push({ at, ...report });
    }
    expect(reports).toEqual([{ at: 5_000, version: 4, scene }]);
    expect(analysis.standing).toMatchObject({ running: true });
    expect(analysis.allowed).toMatchObject({ faces: true, learn: false });
    analysis.configure(testSetup('cam', { version: 4, scene }), 9_000);
    expect(analysis.standing).toMatchObject({ running: true, since: 5_000 });
  });

  it('stays unknown where nothing has an edge, and where a mark is none of ours it is learnt', () => {
    const analysis = new CameraAnalysis();
    analysis.configure(testSetup('cam', { scene: Buffer.from('something else').toString('base64') }), 0);
    for (let at = 0; at < 20_000; at += 200) analysis.observe({ at, stopped: null, directions: new Uint8Array(1200), failures: [] });
    expect(analysis.standing).toMatchObject({ running: false, reason: 'learning' });
  });
});

describe('a model that fails', () => {
  const failure = (part: Failure['part']): Failure[] => [{ part, message: 'NaN' }];

  it('is not used any more, the others go on, and the reason is told', () => {
    const analysis = running({ counting: true, line });
    feed(analysis, 1_000, 1_200, null, failure('people'));
    expect(analysis.allowed).toMatchObject({ faces: true, people: false });
    expect(analysis.standing).toMatchObject({ running: true, reason: 'model_failed' });
    feed(analysis, 1_200, 1_400, null, failure('faces'));
    expect(analysis.standing).toMatchObject({ running: false, reason: 'model_failed' });
  });

  it('for poses leaves expressions to be read', () => {
    const analysis = running();
    feed(analysis, 1_000, 1_200, null, failure('pose'));
    expect(analysis.allowed).toMatchObject({ faces: true, pose: false });
  });

  it('gets another chance when the camera comes again or is set up anew', () => {
    const analysis = running();
    feed(analysis, 1_000, 1_200, null, failure('faces'));
    expect(analysis.allowed.faces).toBe(false);
    analysis.reopen();
    expect(analysis.allowed.faces).toBe(true);
    feed(analysis, 1_200, 1_400, null, failure('faces'));
    analysis.configure(known({ version: 2 }), 2_000);
    expect(analysis.allowed.faces).toBe(true);
  });
});
