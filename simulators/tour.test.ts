import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { DEVICE_KINDS, EVENT_BODIES } from '../contract/index.ts';
import { puddle, floorPlan } from './media/pictures.ts';
import { voice } from './media/voice.ts';
import { DEVICES, DRAWING, TOUCHPOINTS, ZONES } from './place.ts';
import { chargeOf, isSilent } from './power.ts';
import { isTour, tour } from './tour.ts';

const NOW = Date.UTC(2026, 4, 12, 9);
const MINUTE = 60_000;
const media = { voices: [{ file: 'a'.repeat(64), seconds: 4 }], photos: [{ file: 'b'.repeat(64) }] };

describe('the tour', () => {
  it('shows everything within ten minutes, in order, by devices that may', () => {
    const steps = tour(NOW, media);
    expect(steps.map(({ at }) => at)).toEqual(steps.map(({ at }) => at).sort((a, b) => a - b));
    expect(steps.at(-1)!.at - NOW).toBeLessThan(10 * MINUTE);
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
    for (const { device, type, body, id } of steps) {
      expect(Compile(EVENT_BODIES[type]).Check(body), JSON.stringify(body)).toBe(true);
      expect(DEVICE_KINDS[DEVICES.find(({ key }) => key === device)!.kind] as readonly string[]).toContain(type);
      expect(isTour(id, NOW)).toBe(true);
    }
    const bodies = steps.map(({ body }) => body);
    for (const field of ['voice', 'photo', 'contact', 'text', 'factor']) expect(bodies.some((body) => field in body)).toBe(true);
    expect(isTour(steps[0]!.id, NOW + 1)).toBe(false);
  });

  it('goes without files that the hub does not have', () => {
    expect(tour(NOW, { voices: [], photos: [] }).some(({ body }) => 'voice' in body || 'photo' in body)).toBe(false);
  });
});

describe('devices', () => {
  it('lose their charge slowly, one of them so that it asks for batteries within minutes', () => {
    expect([0, 3, 6, 600].map((minutes) => chargeOf('button-2', minutes * MINUTE))).toEqual([22, 20, 18, 4]);
    expect(chargeOf('button-2', 30 * MINUTE)).toBe(4);
    expect(chargeOf('button-1', 0)! - chargeOf('button-1', 180 * MINUTE)!).toBe(2);
    expect(chargeOf('till-1', 0)).toBeUndefined();
  });

  it('one is silent for long enough to be missed, and comes back', () => {
    const silent = Array.from({ length: 120 }, (_, minute) => isSilent('button-1', minute * MINUTE));
    expect(silent.slice(0, 4)).toEqual([false, false, false, false]);
    expect(silent.filter(Boolean)).toHaveLength(12);
    expect(isSilent('button-1', 5 * MINUTE)).toBe(true);
    expect(isSilent('button-2', 5 * MINUTE)).toBe(false);
  });
});

describe('what is made', () => {
  it('a voice of the asked length, the same for the same seed, with sounds and pauses', () => {
    const bytes = voice(3, 2);
    expect(bytes.toString('latin1', 0, 16)).toBe(`RIFF${bytes.toString('latin1', 4, 8)}WAVEfmt `);
    expect([bytes.readUInt32LE(4), bytes.readUInt32LE(24), bytes.readUInt32LE(40)]).toEqual([bytes.length - 8, 16_000, 64_000]);
    expect(bytes.equals(voice(3, 2))).toBe(true);
    expect(bytes.equals(voice(4, 2))).toBe(false);
    const loud = Array.from({ length: 100 }, (_, i) => Math.max(...Array.from({ length: 320 }, (_, k) => Math.abs(bytes.readInt16LE(44 + (i * 320 + k) * 2)))));
    expect(loud.filter((peak) => peak > 3_000).length).toBeGreaterThan(30);
    expect(loud.filter((peak) => peak < 50).length).toBeGreaterThan(5);
    expect(Math.max(...loud)).toBeLessThan(21_000);
  });

  it('pictures that can be opened', async () => {
    expect((await puddle()).subarray(0, 3).toString('hex')).toBe('ffd8ff');
    expect((await floorPlan()).subarray(1, 4).toString()).toBe('PNG');
  });

  it('a drawing of every zone and touchpoint, each within its zone', () => {
    expect(Object.keys(DRAWING.zones).sort()).toEqual(ZONES.map(({ id }) => id as string).sort());
    for (const { id, zone } of TOUCHPOINTS) {
      const at = DRAWING.touchpoints[id]!;
      const corners = DRAWING.zones[zone]!;
      expect([id, at.x > corners[0]!.x && at.x < corners[2]!.x && at.y > corners[0]!.y && at.y < corners[2]!.y]).toEqual([id, true]);
    }
  });
});
