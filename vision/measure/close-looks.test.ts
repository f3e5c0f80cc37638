import { describe, expect, it } from 'vitest';
import { CloseLooks, mergeLooks, partsOf } from './close-looks.ts';
import type { FaceBox } from './detector.ts';
import type { Region } from './picture.ts';

const whole = (width: number, height: number): Region => ({ x: 0, y: 0, width, height });
const FULL_HD = whole(1920, 1080);
const box = (x: number, y: number, size: number, score = 0.9): FaceBox => ({ x, y, width: size, height: size, score });
const holds = (part: Region, face: Region): boolean => face.x >= part.x && face.y >= part.y && face.x + face.width <= part.x + part.width && face.y + face.height <= part.y + part.height;

describe('parts that are looked at closely', () => {
  it('are none where the whole shows nearly all of its pixels', () => {
    expect(partsOf(whole(320, 240))).toEqual([]);
    expect(partsOf({ x: 600, y: 300, width: 400, height: 300 })).toEqual([]);
    expect(partsOf(whole(640, 480))).toHaveLength(4);
    expect(partsOf(whole(1280, 720)).length).toBeGreaterThan(1);
  });

  it('make a face of 26 px as large in a picture of 640×480 as it has to be', () => {
    for (const { width, height } of partsOf(whole(640, 480))) {
      expect(26 / height).toBeGreaterThanOrEqual(0.085);
      expect(width / height).toBeCloseTo(4 / 3, 1);
    }
  });

  it.each([[640, 480], [640, 360], [1280, 720], [1920, 1080], [3840, 2160], [1080, 1920], [722, 402]])('of %i×%i hold every face of up to 76 px whole, are small enough and lie inside', (width, height) => {
    const parts = partsOf(whole(width, height));
    for (const part of parts) {
      expect(holds(whole(width, height), part)).toBe(true);
      expect(part.width).toBeLessThanOrEqual(682);
      expect(part.height).toBeLessThanOrEqual(502);
    }
    for (let x = 0; x + 76 <= width; x += 13) for (let y = 0; y + 76 <= height; y += 13) {
      const face = { x, y, width: 76, height: 76 };
      if (!parts.some((part) => holds(part, face))) expect.fail(`no part of ${width}×${height} holds a face at ${x},${y}`);
    }
  });

  it('begin where the search begins', () => {
    const searched = { x: 400, y: 200, width: 1200, height: 800 };
    for (const part of partsOf(searched)) expect(holds(searched, part)).toBe(true);
  });
});

describe('which part is next', () => {
  it('is each in turn while no small face is known', () => {
    const looks = new CloseLooks();
    const parts = partsOf(FULL_HD);
    const taken = parts.flatMap((_, i) => looks.take(i * 200, FULL_HD, false));
    expect(taken).toEqual(parts);
    expect(looks.take(10_000, FULL_HD, false)).toEqual([parts[0]]);
  });

  it('is the one with a small face in every frame, and the others in every second', () => {
    const looks = new CloseLooks();
    const face = box(1500, 800, 50);
    const seen: boolean[] = [];
    const others = new Set<number>();
    for (let i = 0; i < 30; i++) {
      const parts = looks.take(i * 200, FULL_HD, false);
      if (i > 0) seen.push(parts.some((part) => holds(part, face)));
      for (const part of parts) others.add(part.x + 10_000 * part.y);
      expect(parts.length).toBeLessThanOrEqual(2);
      looks.found(i * 200, FULL_HD, false, [face]);
    }
    expect(seen.every(Boolean)).toBe(true);
    expect(others.size).toBe(partsOf(FULL_HD).length);
  });

  it('are those of several readable faces at once, and of a crowd each in turn', () => {
    const parts = partsOf(FULL_HD);
    const faceIn = ({ x, y, width, height }: Region): FaceBox => box(x + width / 2 - 25, y + height / 2 - 25, 50);
    const seenOf = (faces: readonly FaceBox[], frames: number): number[] => {
      const looks = new CloseLooks();
      const seen = faces.map(() => 0);
      for (let i = 0; i < frames; i++) {
        looks.found(i * 200, FULL_HD, false, faces);
        const taken = looks.take(i * 200, FULL_HD, false);
        expect(taken.length).toBeLessThanOrEqual(4);
        faces.forEach((face, which) => { if (taken.some((part) => holds(part, face))) seen[which]!++; });
      }
      return seen;
    };
    expect(seenOf([faceIn(parts[0]!), faceIn(parts[3]!), faceIn(parts[10]!)], 12)).toEqual([12, 12, 12]);
    for (const times of seenOf(parts.slice(0, 6).map(faceIn), 24)) expect(times).toBeGreaterThanOrEqual(12);
  });

  it('are those of faces too small to be read one at a time', () => {
    const looks = new CloseLooks();
    const faces = [box(100, 100, 24), box(1700, 900, 24)];
    for (let i = 0; i < 12; i++) {
      looks.found(i * 200, FULL_HD, false, faces);
      const taken = looks.take(i * 200, FULL_HD, false);
      expect(taken.length).toBeLessThanOrEqual(2);
      expect(faces.some((face) => taken.some((part) => holds(part, face)))).toBe(true);
    }
  });

  it('are told in the mean as what they cost beyond those of any camera', () => {
    const extraOf = (picture: Region, faces: readonly FaceBox[]): number => {
      const looks = new CloseLooks();
      for (let i = 0; i < 300; i++) {
        looks.take(i * 200, picture, false);
        looks.found(i * 200, picture, false, faces);
      }
      return looks.extra;
    };
    expect(extraOf(whole(320, 240), [])).toBe(0);
    expect(extraOf(whole(640, 480), [])).toBeLessThan(0.02);
    expect(extraOf(FULL_HD, [])).toBeCloseTo(7 / 8, 1);
    expect(extraOf(FULL_HD, [box(1500, 800, 50)])).toBeCloseTo(1 + 1 / 2 - 1 / 8, 1);
  });

  it('forgets a face that went, and a large one was never in need', () => {
    const looks = new CloseLooks();
    const sizes = (from: number) => Array.from({ length: 12 }, (_, i) => looks.take(from + i * 200, FULL_HD, false));
    looks.take(0, FULL_HD, false);
    looks.found(0, FULL_HD, false, [box(1500, 800, 50), box(100, 100, 300)]);
    expect(sizes(200).some((parts) => parts.length === 2)).toBe(true);
    const later = sizes(5_000);
    expect(later.every((parts) => parts.length === 1)).toBe(true);
    expect(new Set(later.flat().map(({ x, y }) => `${x} ${y}`)).size).toBe(12);
  });

  it('in a small picture is one in every eighth frame, and more while a camera is set up', () => {
    const looks = new CloseLooks();
    const picture = whole(640, 480);
    const taken = Array.from({ length: 32 }, (_, i) => looks.take(i * 200, picture, false));
    expect(taken.flat()).toEqual(partsOf(picture));
    expect(looks.take(8_000, whole(320, 240), false)).toEqual([]);
    const [part] = looks.take(8_200, whole(320, 240), true);
    expect(part!.height).toBeLessThanOrEqual(0.7 * 240);
    expect(looks.take(8_400, picture, true)).toHaveLength(1);
    expect(looks.take(8_600, picture, true)).toHaveLength(1);
    expect(looks.take(8_800, whole(60, 40), true)).toHaveLength(1);
  });
});

describe('faces of several looks', () => {
  const part: Region = { x: 640, y: 0, width: 640, height: 480 };

  it('are each told once, the better look first, with the part in which they were found', () => {
    const known = box(700, 100, 60, 0.7);
    const merged = mergeLooks({ region: FULL_HD, faces: [known] }, [{ region: part, faces: [box(702, 101, 60, 0.95), box(900, 200, 45, 0.8)] }]);
    expect(merged).toEqual([{ face: box(702, 101, 60, 0.95), region: part }, { face: box(900, 200, 45, 0.8), region: part }]);
  });

  it('keep the box of the whole where it shows them large enough', () => {
    const known = box(700, 100, 120, 0.7);
    const merged = mergeLooks({ region: FULL_HD, faces: [known] }, [{ region: part, faces: [box(702, 101, 120, 0.95)] }]);
    expect(merged).toEqual([{ face: known, region: FULL_HD }]);
  });

  it('leave out pieces of larger faces, and what a part cuts', () => {
    const large = box(560, 100, 260);
    const merged = mergeLooks({ region: FULL_HD, faces: [large] }, [{
      region: part, faces: [box(650, 150, 90), box(639, 300, 50), box(1231, 300, 50), box(700, 432, 50), box(800, 0, 240)],
    }]);
    expect(merged).toEqual([{ face: large, region: FULL_HD }]);
  });

  it('keep faces at the border of the picture itself', () => {
    const edge = box(1000, -4, 50);
    expect(mergeLooks({ region: FULL_HD, faces: [] }, [{ region: part, faces: [edge] }])).toEqual([{ face: edge, region: part }]);
  });
});
