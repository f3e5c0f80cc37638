import { describe, expect, it } from 'vitest';
import { poseOf } from './pose.ts';

/** The head's six places, as pose.ts has them: x right, y down, z away. */
const HEAD: Record<number, [number, number, number]> = { 30: [0, 0, 0], 8: [0, 330, 65], 36: [-225, -170, 135], 45: [225, -170, 135], 48: [-150, 150, 125], 54: [150, 150, 125] };
const RAD = Math.PI / 180;

/** Turned to the right of the picture by yaw, then up by pitch, then clockwise by roll; projected without perspective. */
function turned(yaw: number, pitch: number, roll: number, scale = 0.001): Float32Array {
  const points = new Float32Array(136);
  for (const [index, [x, y, z]] of Object.entries(HEAD)) {
    const a = x * Math.cos(yaw * RAD) - z * Math.sin(yaw * RAD);
    const b = x * Math.sin(yaw * RAD) + z * Math.cos(yaw * RAD);
    const c = y * Math.cos(pitch * RAD) + b * Math.sin(pitch * RAD);
    points[2 * Number(index)] = 0.5 + scale * (a * Math.cos(roll * RAD) - c * Math.sin(roll * RAD));
    points[2 * Number(index) + 1] = 0.4 + scale * (a * Math.sin(roll * RAD) + c * Math.cos(roll * RAD));
  }
  return points;
}

describe('pose of a head', () => {
  it('that looks straight ahead is 0', () => {
    for (const angle of Object.values(poseOf(turned(0, 0, 0))!)) expect(angle).toBeCloseTo(0, 3);
  });

  it.each([-70, -40, -15, 15, 40, 70])('turned by %i° has that yaw: positive to the right of the picture', (yaw) => {
    expect(poseOf(turned(yaw, 0, 0))!.yaw).toBeCloseTo(yaw, 2);
    expect(Math.sign(turned(yaw, 0, 0)[60]! - (turned(yaw, 0, 0)[72]! + turned(yaw, 0, 0)[90]!) / 2)).toBe(Math.sign(yaw));
  });

  it.each([-30, 30])('that looks up by %i° has that pitch, and one tilted by as much that roll', (angle) => {
    expect(poseOf(turned(0, angle, 0))!.pitch).toBeCloseTo(angle, 2);
    expect(poseOf(turned(0, 0, angle))!.roll).toBeCloseTo(angle, 2);
  });

  it('does not depend on the size', () => {
    expect(poseOf(turned(25, 10, -5, 1))).toEqual(Object.fromEntries(Object.entries(poseOf(turned(25, 10, -5))!).map(([name, value]) => [name, expect.closeTo(value, 2) as number])));
  });

  it('is null where points do not lie as on a head', () => {
    expect(poseOf(new Float32Array(136))).toBeNull();
    const scattered = turned(0, 0, 0);
    scattered[16] = 2;
    scattered[17] = -1;
    scattered[61] = 1.5;
    expect(poseOf(scattered)).toBeNull();
    expect(poseOf(new Float32Array(136).fill(Number.NaN))).toBeNull();
  });
});
