import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import {
  applyCameras, applyDevices, applyFloor, applyWall, dayOf, DEVICE_KIND_NAMES, DEVICE_KINDS, emptyCamera, emptyFloor, emptyWall, EVENT_BODIES, EVENT_TYPES, EventEnvelope, LIMITS,
  type AnyEvent, type CamerasState, type DevicesState, type FloorState, type WallState,
} from '../../contract/index.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { isRefusal, judge, type Candidate } from '../ingest/rules.ts';
import { mutateJson, pick, rubbish, type Random } from './testing/mutate.ts';
import { attempt, demandCleanPrototypes, demandFinite, demandRefusal } from './testing/properties.ts';
import { bodyOf, eventOf, NOW, ulidOf } from './testing/samples.ts';

const INGEST_INPUTS = 40_000;
const FOLD_INPUTS = 10_000;
const LONG = 120_000;
/** Folds before the states start anew, so that they are seen full and empty. */
const FOLDS = 400;
const OFFSETS = [0, 0, 0, 1_500, -86_400_000, 1.78e12, -9.98e14];
const SITE = { id: 'shop', name: 'Shop', timezone: 'Europe/Moscow' };

/** The four views of a site, folded twice: by the hub, and by a client that got every event as JSON. */
class Views {
  readonly floor: FloorState = emptyFloor(SITE, dayOf(SITE.timezone, NOW), { places: {}, cameras: {} });
  readonly wall: WallState = emptyWall(SITE, dayOf(SITE.timezone, NOW));
  readonly cameras: CamerasState = { site: SITE, cameras: { 'cam-1': emptyCamera('cam-1', 'Door', null) } };
  readonly devices: DevicesState = { site: SITE, devices: { 'd-1': { id: 'd-1', name: 'Button', kind: 'button', silent: false, since: null } } };

  fold(event: AnyEvent): void {
    applyFloor(this.floor, event);
    applyWall(this.wall, event);
    applyCameras(this.cameras, event);
    applyDevices(this.devices, event);
  }
}

class TwoSides {
  hub = new Views();
  client = new Views();
  folded = 0;

  /** @throws when a fold throws, when a state cannot be shown, or when hub and client differ. */
  fold(event: AnyEvent): void {
    this.hub.fold(event);
    this.client.fold(JSON.parse(JSON.stringify(event)) as AnyEvent);
    this.folded += 1;
    if (this.folded % 20 === 0) this.check();
    if (this.folded % FOLDS === 0) { this.hub = new Views(); this.client = new Views(); }
  }

  check(): void {
    demandFinite(this.hub);
    expect(JSON.stringify(this.hub) === JSON.stringify(this.client)).toBe(true);
  }
}

function committed({ camera: _camera, body, skew: _skew, ...candidate }: Candidate, offset: number): AnyEvent {
  return { ...candidate, offset, received: NOW, device: 'd-1', body: JSON.parse(body) as object } as AnyEvent;
}

function demandCandidate(candidate: Candidate, raw: unknown, offset: number): void {
  expect(Value.Check(EventEnvelope, raw)).toBe(true);
  const event = raw as EventEnvelope;
  const body: unknown = JSON.parse(candidate.body);
  expect(candidate.body).toBe(JSON.stringify(event.body));
  expect(Value.Check(EVENT_BODIES[candidate.type], body)).toBe(true);
  expect(Buffer.byteLength(candidate.body)).toBeLessThanOrEqual(LIMITS.eventBodyBytes);
  expect(candidate).toMatchObject({ id: event.id, type: event.type, site: event.site, at: event.at + offset, skew: offset });
  expect(Number.isSafeInteger(candidate.at)).toBe(true);
  expect(candidate.at).toBeLessThanOrEqual(NOW + LIMITS.eventMaxFutureMs);
  expect(candidate.at).toBeGreaterThanOrEqual(NOW - LIMITS.eventMaxAgeMs);
}

const inputOf = (random: Random): unknown => (random.chance(0.03) ? rubbish(random, 4) : random.chance(0.1) ? eventOf(random) : mutateJson(random, eventOf(random)));

describe('mutated events', () => {
  it('are judged without throwing; what is accepted fits its schema and folds into every view', () => {
    const random = seededRandom(testSeed('events'));
    const sides = new TwoSides();
    let accepted = 0;
    for (let i = 0; i < INGEST_INPUTS; i++) {
      const raw = inputOf(random);
      const sender = { id: 'd-1', kind: pick(random, DEVICE_KIND_NAMES), site: random.chance(0.9) ? 'shop' : null, touchpoint: 'till-3' };
      const type: unknown = (raw as { type?: unknown } | null)?.type;
      if (random.chance(0.8)) sender.kind = DEVICE_KIND_NAMES.find((kind) => DEVICE_KINDS[kind].some((sent) => sent === type)) ?? sender.kind;
      const offset = pick(random, OFFSETS);
      attempt({ raw, sender, offset }, () => {
        const judged = judge(raw, sender, NOW, offset);
        if (isRefusal(judged)) {
          demandRefusal(judged);
          expect(judged.id === null || judged.id.length <= 64).toBe(true);
          return;
        }
        demandCandidate(judged, raw, offset);
        sides.fold(committed(judged, ++accepted));
      });
    }
    sides.check();
    demandCleanPrototypes();
    console.log(`events: ${INGEST_INPUTS} judged, ${accepted} accepted and folded`);
    expect(accepted).toBeGreaterThan(INGEST_INPUTS / 50);
  }, LONG);

  it('of every type, as long as their schema takes them, fold into every view', () => {
    const random = seededRandom(testSeed('bodies'));
    const sides = new TwoSides();
    let taken = 0;
    for (let i = 0; i < FOLD_INPUTS; i++) {
      const type = pick(random, EVENT_TYPES);
      const body: unknown = mutateJson(random, bodyOf(random, type, NOW));
      if (!Value.Check(EVENT_BODIES[type], body)) continue;
      // The hub never writes a rating beyond its scale: what comes from outside is judged first.
      const rating = type === 'feedback.rated' ? body : Object(body)['rating'];
      if (Value.Check(EVENT_BODIES['feedback.rated'], rating) && rating.value > rating.scale) continue;
      const event = { offset: ++taken, id: ulidOf(random), type, site: 'shop', at: NOW - random.below(86_400_000), received: NOW, device: 'd-1', touchpoint: null, body } as unknown as AnyEvent;
      attempt(event, () => sides.fold(event));
    }
    sides.check();
    demandCleanPrototypes();
    console.log(`bodies: ${FOLD_INPUTS} made, ${taken} fit their schema and were folded`);
    expect(taken).toBeGreaterThan(FOLD_INPUTS / 10);
  }, LONG);
});
