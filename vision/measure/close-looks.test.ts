import { describe, expect, it } from 'vitest';
import { CloseLooks, mergeLooks, partsOf } from './close-looks.ts';
import type { FaceBox } from './detector.ts';
import type { Region } from './picture.ts';

const whole = (width: number, height: number): Region => ({ x: 0, y: 0, width, height });
const FULL_HD = whole(1920, 1080);
const box = (x: number, y: number, size: number, score = 0.9): FaceBox => ({ x, y, width: size, height: size, score });
const holds = (part: Region, face: Region): boolean => face.x >= part.x && face.y >= part.y && face.x + face.width <= part.x + part.width && face.y + face.height <= part.y + part.height;

describe('parts that are looked at closely', () => {
  it('are none where the whole shows a face of 40 px large enough', () => {
    expect(partsOf(whole(640, 480))).toEqual([]);
    expect(partsOf({ x: 600, y: 300, width: 640, height: 480 })).toEqual([]);
    expect(partsOf(whole(1280, 720)).length).toBeGreaterThan(1);
  });

  it.each([[1280, 720], [1920, 1080], [3840, 2160], [1080, 1920], [722, 402]])('of %i×%i hold every face of up to 76 px whole, are small enough and lie inside', (width, height) => {
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

  it('forgets a face that went, and a large one was never in need', () => {
    const looks = new CloseLooks();
    looks.take(0, FULL_HD, false);
    looks.found(0, FULL_HD, false, [box(1500, 800, 50), box(100, 100, 300)]);
    expect(looks.take(200, FULL_HD, false)).toHaveLength(2);
    const later = Array.from({ length: 12 }, (_, i) => looks.take(5_000 + i * 200, FULL_HD, false));
    expect(later.every((parts) => parts.length === 1)).toBe(true);
    expect(new Set(later.flat().map(({ x, y }) => `${x} ${y}`)).size).toBe(12);
  });

  it('takes small pictures apart only while a camera is set up', () => {
    const looks = new CloseLooks();
    const picture = whole(640, 480);
    expect(looks.take(0, picture, false)).toEqual([]);
    const [part] = looks.take(200, picture, true);
    expect(part!.height).toBeLessThanOrEqual(0.625 * 480);
    expect(looks.take(400, whole(60, 40), true)).toHaveLength(1);
  });
});

describe('faces of several looks', () => {
  const part: Region = { x: 640, y: 0, width: 640, height: 480 };

  it('are each told once, the better look first, with the part in which they were found', () => {
    const known = box(700, 100, 60, 0.7);
    const merged = mergeLooks({ region: FULL_HD, faces: [known] }, [{ region: part, faces: [box(702, 101, 60, 0.95), box(900, 200, 45, 0.8)] }]);
    expect(merged).toEqual([{ face: box(702, 101, 60, 0.95), region: part }, { face: box(900, 200, 45, 0.8), region: part }]);
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
