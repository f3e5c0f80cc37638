import { describe, expect, it } from 'vitest';
import { overlap, suppress, type FaceBox } from './detector.ts';
import { faceSquare } from './expression.ts';
import { passesGate } from './gate.ts';

const face = (change: Partial<FaceBox> = {}): FaceBox => ({ x: 100, y: 100, width: 60, height: 80, score: 0.9, ...change });
const vga = { width: 640, height: 480 };

describe('the quality gate', () => {
  it('lets a large, certain, whole face through', () => {
    expect(passesGate(face(), vga)).toBe(true);
  });

  it.each([
    ['below 40 pixels', face({ height: 39, width: 30 }), vga],
    ['below 6 % of the picture', face({ height: 60 }), { width: 1920, height: 1080 }],
    ['uncertain', face({ score: 0.6 }), vga],
    ['cut by an edge', face({ x: -20 }), vga],
    ['outside', face({ x: 700 }), vga],
    ['no number', face({ score: Number.NaN }), vga],
    ['without width', face({ width: 0 }), vga],
  ])('keeps out a face that is %s', (_, box, picture) => {
    expect(passesGate(box, picture)).toBe(false);
  });
});

describe('boxes', () => {
  it('are suppressed when they overlap a better one', () => {
    const best = face({ score: 0.99 });
    const near = face({ x: 110, score: 0.9 });
    const other = face({ x: 300, score: 0.8 });
    expect(suppress([best, near, other])).toEqual([best, other]);
  });

  it('overlap by intersection over union', () => {
    expect(overlap({ x: 0, y: 0, width: 2, height: 2 }, { x: 1, y: 0, width: 2, height: 2 })).toBeCloseTo(1 / 3);
    expect(overlap(face(), face({ x: 500 }))).toBe(0);
    expect(overlap(face(), face())).toBe(1);
  });

  it('are cut as a square on their centre', () => {
    expect(faceSquare(face(), 0.9)).toEqual({ x: 94, y: 104, width: 72, height: 72 });
  });
});
