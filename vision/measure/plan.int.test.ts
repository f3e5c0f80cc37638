import { beforeAll, describe, expect, it } from 'vitest';
import type { CameraSetup, Polygon } from '../../contract/index.ts';
import { setupResult, toI420 } from '../testing/pictures.ts';
import { testSetup } from '../testing/setup.ts';
import { paste, people, resized, room } from '../testing/still.ts';
import { detectorPath, expressionModels, modelPath } from './builtin.ts';
import { DEFAULT_GATE } from './gate.ts';
import { Measurer, MIN_FIT, type Measurement, type Wanted } from './measurer.ts';
import { pictureOf, type Picture } from './picture.ts';
import { planOf } from './plan.ts';
import { SceneReader } from './scene.ts';

const ALL: Wanted = { faces: true, people: true, learn: false, poses: [], person: true, closer: [] };
const WIDTH = 640;
const HEIGHT = 480;
/** Three people side by side; the left one stands in the left third, and so on. */
const third = (k: number): Polygon => [[k / 3, 0], [(k + 1) / 3, 0], [(k + 1) / 3, 1], [k / 3, 1]];
const thirdOf = ({ faces }: Measurement): number[] => faces.map(({ box }) => Math.floor((box.x + box.width / 2) / WIDTH * 3)).sort();

describe('measuring by a set-up, with real models', () => {
  let measurer: Measurer;
  let bytes: Uint8Array;
  let moved: Uint8Array;
  const picture = (data = bytes): Picture => pictureOf(data.slice(), WIDTH, HEIGHT);
  const measure = (changes: Partial<CameraSetup>, revision: number, scene: Uint8Array | null = null, shown = picture()) => (
    measurer.measure(shown, planOf(testSetup('cam', changes), revision, scene), ALL));

  beforeAll(async () => {
    const { models } = setupResult();
    measurer = await Measurer.open({
      detector: detectorPath(models.dir), models: expressionModels(models.dir), landmarks: modelPath(models.dir, 'landmarks'), person: modelPath(models.dir, 'age_gender'), people: modelPath(models.dir, 'people'),
    });
    const shift = await resized(room(), WIDTH, HEIGHT);
    let here = room();
    // The same room seen by a camera that was turned by an eighth of its picture.
    let there = paste(paste(room(), shift, -80, 0), shift, WIDTH - 80, 0);
    for (const [k, person] of (await people('sample1.jpg')).slice(0, 3).entries()) {
      here = paste(here, person, 12 + k * 214, 150);
      there = paste(there, person, 12 + k * 214, 150);
    }
    bytes = toI420(here);
    moved = toI420(there);
  }, 60_000);

  it('reads everybody where nothing is drawn, with how they are turned', async () => {
    const reading = await measure({}, 1);
    expect(reading).toMatchObject({ stopped: null, failures: [], scene: null });
    expect(thirdOf(reading)).toEqual([0, 1, 2]);
    // One of the three looks aside.
    expect(reading.faces.map(({ left }) => left).sort()).toEqual([null, null, 'turned']);
    for (const face of reading.faces) {
      expect(face).toMatchObject({ area: null, staff: false, person: null });
      expect(face.shares === null).toBe(face.left === 'turned');
      expect(Math.abs(face.yaw!) > DEFAULT_GATE.maxYaw).toBe(face.left === 'turned');
    }
    expect(reading.people!.length).toBeGreaterThan(0);
  });

  it('never finds a face or a person behind a mask', async () => {
    for (const [revision, k] of [0, 1, 2].entries()) {
      const reading = await measure({ staff: 'masked', masks: [third(k)] }, 10 + revision);
      expect(thirdOf(reading)).toEqual([0, 1, 2].filter((other) => other !== k));
      const masked = reading.people!.filter(({ x, width }) => Math.floor((x + width / 2) / WIDTH * 3) === k && width < WIDTH / 3);
      expect(masked).toEqual([]);
    }
    expect((await measure({ staff: 'masked', masks: [third(0), third(1), third(2)] }, 20)).faces).toEqual([]);
  });

  it('does not read half a face at the edge of a mask', async () => {
    const reading = await measure({}, 21);
    const { box } = reading.faces.find(({ box: { x } }) => x > WIDTH / 3 && x < WIDTH / 2)!;
    const edge = (box.x + box.width * 0.35) / WIDTH;
    const masked = await measure({ staff: 'masked', masks: [[[0, 0], [edge, 0], [edge, 1], [0, 1]]] }, 22);
    for (const face of masked.faces.filter(({ box: { x } }) => x < WIDTH * 0.55)) expect(face).toMatchObject({ left: 'cut', shares: null });
  });

  it('reads only faces in the drawn areas, and names the area', async () => {
    const reading = await measure({ areas: [{ id: 'till', name: 'Till', role: 'contact', polygon: third(2), zone: null, touchpoint: null }] }, 30);
    for (const face of reading.faces) {
      const inside = face.box.x > WIDTH * 2 / 3;
      expect(face).toMatchObject(inside ? { area: 'till' } : { area: null, left: 'outside', shares: null });
    }
    expect(thirdOf(reading)).toContain(2);
  });

  it('reads who is behind a mask only where staff may be analysed, as staff', async () => {
    const reading = await measure({ staff: 'masked', masks: [third(0)], staffAnalysis: true }, 40);
    expect(thirdOf(reading)).toEqual([0, 1, 2]);
    for (const face of reading.faces) expect(face).toMatchObject(face.box.x < WIDTH / 3 - 60 ? { staff: true, area: 'staff' } : { staff: false, area: null });
    const none = await measure({ staff: 'none', masks: [third(0)], staffAnalysis: true }, 41);
    expect(thirdOf(none)).toEqual([1, 2]);
  });

  it('reads age and sex only where demographics are on', async () => {
    const reading = await measure({ demographics: true }, 50);
    const read = reading.faces.filter(({ left }) => left === null);
    expect(read.length).toBe(2);
    for (const { person } of read) {
      expect(person!.age).toBeGreaterThan(5);
      expect(person!.male).toBeGreaterThanOrEqual(0);
    }
  });

  it('looks at nothing when the camera was turned, or it is dark', async () => {
    const { data, ...size } = room();
    const scene = new SceneReader().directions(pictureOf(toI420({ data, ...size }), WIDTH, HEIGHT).y);
    const fits = await measure({}, 60, scene);
    expect(fits.scene!).toBeGreaterThan(MIN_FIT + 0.1);
    expect(fits.faces.length).toBe(3);
    const turned = await measure({}, 60, scene, picture(moved));
    expect(turned.scene!).toBeLessThan(MIN_FIT);
    expect(turned).toMatchObject({ stopped: 'moved', faces: [], people: null });
    const dark = picture(bytes.map((value, i) => (i < WIDTH * HEIGHT ? 16 + (value - 16) / 20 : value)));
    expect(await measure({}, 60, scene, dark)).toMatchObject({ stopped: 'too_dark', faces: [], people: null, scene: null });
  });

  it('takes a face\'s pose from the frame before, but not near the limit', async () => {
    const [first] = (await measure({}, 70)).faces;
    const known = (yaw: number): Wanted => ({ ...ALL, poses: [{ box: first!.box, yaw }] });
    const plan = planOf(testSetup('cam'), 71, null);
    const yawOf = async (wanted: Wanted) => (await measurer.measure(picture(), plan, wanted)).faces.find(({ box }) => box.x === first!.box.x)!;
    expect((await yawOf(known(7.5))).yaw).toBe(7.5);
    expect((await yawOf(known(35))).yaw).toBeCloseTo(first!.yaw!);
    expect(await yawOf(known(80))).toMatchObject({ left: 'turned', shares: null, yaw: 80 });
  });
});
