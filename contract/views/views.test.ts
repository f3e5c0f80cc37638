import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { EVENT_BODIES, type AnyEvent } from '../events.ts';
import { dayOf } from '../time.ts';
import { applyCameras, type CamerasState } from './cameras.ts';
import { applyDevices, type DevicesState } from './devices.ts';
import { applyFloor, emptyFloor } from './floor.ts';

const AT = 1_790_000_000_000;
const SITE = { id: 'shop', name: 'Shop', timezone: 'UTC' };
const shares = { angry: 0, disgust: 0, fear: 0, happy: 1, sad: 0, surprise: 0, neutral: 0 };
const windowOf = (camera: string) => ({ camera, from: AT - 10_000, to: AT, frames: 5, dropped: 0, faces: 4, mean: shares, spread: shares, smile: 0.5, mood: 0.25 });
const event = (type: string, body: object): AnyEvent => ({ offset: 1, id: '01', type, site: 'shop', at: AT, received: AT, device: 'd', touchpoint: null, body }) as unknown as AnyEvent;

describe('names that every object inherits', () => {
  // Found by the fuzzer: the sums went to Object.prototype, and every object of the process had faces, a mood and a last window.
  it.each(['constructor', 'toString', '__proto__'])('are cameras like any other, and nothing is written to what is inherited (%s)', (camera) => {
    const floor = emptyFloor(SITE, dayOf('UTC', AT), { places: {}, cameras: {} });
    const cameras: CamerasState = { site: SITE, cameras: {} };
    const devices: DevicesState = { site: SITE, devices: {} };
    for (const one of [event('emotion.windowed', windowOf(camera)), event('camera.connected', { camera, node: 'n' }), event('camera.disconnected', { camera, node: 'n', reason: 'gone' }), event('device.silent', { device: camera, lastSeen: AT })]) {
      applyFloor(floor, one);
      applyCameras(cameras, one);
      applyDevices(devices, one);
    }
    const inherited = [Object.prototype, Object, Object.prototype.toString].flatMap((one) => Object.keys(one));
    expect(inherited).toEqual([]);
    if (camera === '__proto__') return;
    expect(cameras.cameras[camera]).toMatchObject({ id: camera, connected: false, reason: 'gone' });
    expect(devices.devices).toEqual({});
  });

  it('are no ids where they would change a prototype', () => {
    expect(Value.Check(EVENT_BODIES['emotion.windowed'], windowOf('cam-1'))).toBe(true);
    expect(Value.Check(EVENT_BODIES['emotion.windowed'], windowOf('__proto__'))).toBe(false);
    expect(Value.Check(EVENT_BODIES['camera.connected'], { camera: '__proto__', node: 'n' })).toBe(false);
    expect(Value.Check(EVENT_BODIES['device.silent'], { device: '__proto__', lastSeen: AT })).toBe(false);
  });
});

describe('numbers of a window', () => {
  // Found by the fuzzer: 1e308 is an integer, and the sum of two such windows is no number that JSON can carry.
  it.each([{ faces: 1e308 }, { frames: 1e100 }, { dropped: 2 ** 53 }, { from: 1e300, to: 1e301 }])('are bounded (%j)', (wrong) => {
    expect(Value.Check(EVENT_BODIES['emotion.windowed'], { ...windowOf('cam-1'), ...wrong })).toBe(false);
  });
});
