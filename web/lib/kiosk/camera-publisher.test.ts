import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { CameraPublisher, CONNECT_MS, INTERRUPTED_MS, SignallingError, type CameraTrack, type CameraView, type MediaState } from './camera-publisher.ts';
import { FakeClock, settle } from './testing/fake-clock.ts';

class FakeTrack implements CameraTrack {
  usable = true;
  #ended: (() => void)[] = [];
  onEnded(listener: () => void): void { this.#ended.push(listener); }
  stop(): void { this.usable = false; }
  end(): void { this.usable = false; for (const listener of this.#ended) listener(); }
}

/** A device, a hub and a node that do as the test says. */
function setUp() {
  const clock = new FakeClock();
  const world = {
    cameraFails: null as Error | null, hubUp: true, nodeFails: null as Error | null, connects: true,
    tracks: [] as FakeTrack[], open: 0, mostOpen: 0, requests: [] as string[], views: [] as CameraView[],
    say: (_: MediaState): void => undefined, replaced: 0,
  };
  const publisher = new CameraPublisher<FakeTrack>({ facing: 'environment' }, {
    clock, random: () => 1,
    onView: (view) => world.views.push(view),
    onTrack: () => undefined,
    source: {
      open: async () => {
        if (world.cameraFails) throw world.cameraFails;
        const track = new FakeTrack();
        world.tracks.push(track);
        return track;
      },
    },
    signalling: {
      get connected() { return world.hubUp; },
      request: async (name) => {
        world.requests.push(name);
        if (!world.hubUp) throw new SignallingError('timeout', 'no answer');
        if (world.nodeFails && name !== 'camera:close') throw world.nodeFails;
        return {};
      },
    },
    publish: async (_track, request, onState) => {
      await request('camera:capabilities', {});
      await request('camera:transport', {});
      await request('camera:produce', {});
      world.mostOpen = Math.max(world.mostOpen, ++world.open);
      world.say = onState;
      if (world.connects) onState('connected');
      let closed = false;
      return {
        replace: async () => { world.replaced++; },
        rate: async () => ({ fps: 15, kilobitsPerSecond: 300 }),
        close: () => { if (!closed) world.open--; closed = true; },
      };
    },
  });
  return { clock, world, publisher, at: () => publisher.view };
}
const named = (name: string) => Object.assign(new Error(name), { name });

test('it asks for the camera, connects, and is live', async () => {
  const { world, publisher } = setUp();
  publisher.start();
  await settle();
  expect(world.views.map((view) => view.at)).toEqual(['permission', 'connecting', 'live']);
  expect(world.requests).toEqual(['camera:capabilities', 'camera:transport', 'camera:produce']);
  publisher.stop();
});

test('a refusal by the person is final until they start again', async () => {
  const { world, publisher, clock, at } = setUp();
  world.cameraFails = named('NotAllowedError');
  publisher.start();
  await clock.advance(600_000);
  expect(at()).toEqual({ at: 'denied' });
  expect(clock.pending).toBe(0);
  world.cameraFails = null;
  publisher.start();
  await settle();
  expect(at().at).toBe('live');
});

test.each([['NotFoundError', 'no_camera'], ['NotReadableError', 'camera_busy']])('%s waits and tries again', async (name, reason) => {
  const { world, publisher, clock, at } = setUp();
  world.cameraFails = named(name);
  publisher.start();
  await settle();
  expect(at()).toEqual({ at: 'waiting', reason });
  world.cameraFails = null;
  await clock.advance(20_000);
  expect(at().at).toBe('live');
  publisher.stop();
});

test('without a vision node it waits, and the hub\'s call brings it back at once', async () => {
  const { world, publisher, at } = setUp();
  world.nodeFails = new SignallingError('no_vision_node', 'none');
  publisher.start();
  await settle();
  expect(at()).toEqual({ at: 'waiting', reason: 'node' });
  world.nodeFails = null;
  publisher.restart();
  await settle();
  expect(at().at).toBe('live');
  publisher.stop();
});

test('the hub going away does not interrupt pictures that still flow', async () => {
  const { world, publisher, clock, at } = setUp();
  publisher.start();
  await settle();
  const before = world.requests.length;
  world.hubUp = false;
  publisher.hubDisconnected();
  expect(at()).toEqual({ at: 'live', hubAway: true });
  await clock.advance(60_000);
  world.hubUp = true;
  publisher.hubConnected();
  await settle();
  expect(at()).toEqual({ at: 'live', hubAway: false });
  expect(world.requests).toHaveLength(before);
  publisher.stop();
});

test('without a hub at the start it waits for it and then goes live', async () => {
  const { world, publisher, at } = setUp();
  world.hubUp = false;
  publisher.start();
  await settle();
  expect(at()).toEqual({ at: 'waiting', reason: 'hub' });
  world.hubUp = true;
  publisher.hubConnected();
  await settle();
  expect(at().at).toBe('live');
  publisher.stop();
});

test('a short interruption is sat out, a longer one makes a new connection', async () => {
  const { world, publisher, clock, at } = setUp();
  publisher.start();
  await settle();
  world.say('disconnected');
  await clock.advance(INTERRUPTED_MS - 100);
  world.say('connected');
  await clock.advance(INTERRUPTED_MS);
  expect(world.requests).toHaveLength(3);
  world.say('disconnected');
  await clock.advance(INTERRUPTED_MS + 2_000);
  expect(world.requests).toHaveLength(6);
  expect(at().at).toBe('live');
  publisher.stop();
});

test('a transport that fails or never comes up is replaced', async () => {
  const { world, publisher, clock, at } = setUp();
  world.connects = false;
  publisher.start();
  await clock.advance(CONNECT_MS + 5_000);
  expect(world.requests.length).toBeGreaterThanOrEqual(6);
  world.connects = true;
  world.say('failed');
  await clock.advance(20_000);
  expect(at().at).toBe('live');
  expect(world.open).toBe(1);
  publisher.stop();
});

test('an unplugged camera is opened again when one is plugged', async () => {
  const { world, publisher, at } = setUp();
  publisher.start();
  await settle();
  world.tracks[0]!.end();
  expect(at()).toEqual({ at: 'waiting', reason: 'no_camera' });
  publisher.wake();
  await settle();
  expect(at().at).toBe('live');
  expect(world.tracks).toHaveLength(2);
  publisher.stop();
});

test('another camera keeps the connection, and the old one is let go first', async () => {
  const { world, publisher, at } = setUp();
  publisher.start();
  await settle();
  await publisher.choose({ facing: 'user' });
  expect(world.replaced).toBe(1);
  expect(world.tracks.map((track) => track.usable)).toEqual([false, true]);
  expect(world.requests).toHaveLength(3);
  expect(at().at).toBe('live');
  publisher.stop();
});

test('stopping switches the camera off, tells the hub and leaves nothing behind', async () => {
  const { world, publisher, clock, at } = setUp();
  publisher.start();
  await settle();
  publisher.stop();
  await clock.advance(600_000);
  expect(at()).toEqual({ at: 'idle' });
  expect(world.tracks.every((track) => !track.usable)).toBe(true);
  expect(world.requests.at(-1)).toBe('camera:close');
  expect([world.open, clock.pending]).toEqual([0, 0]);
});

const SEED = 20267;
const trouble = fc.constantFrom('hub down', 'hub up', 'node away', 'node back', 'camera busy', 'camera free', 'unplug', 'wake', 'restart', 'media lost', 'media failed', 'media back', 'switch', 'stop', 'start', 'wait');

test(`after any troubles it comes back with one camera and one connection (seed ${SEED})`, async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(trouble, fc.boolean()), { maxLength: 30 }), async (steps) => {
    const { world, publisher, clock, at } = setUp();
    publisher.start();
    for (const [step, pause] of steps) {
      if (step === 'hub down') { world.hubUp = false; publisher.hubDisconnected(); }
      else if (step === 'hub up') { world.hubUp = true; publisher.hubConnected(); }
      else if (step === 'node away') world.nodeFails = new SignallingError('no_vision_node', '');
      else if (step === 'node back') world.nodeFails = null;
      else if (step === 'camera busy') world.cameraFails = named('NotReadableError');
      else if (step === 'camera free') world.cameraFails = null;
      else if (step === 'unplug') world.tracks.at(-1)?.end();
      else if (step === 'wake') publisher.wake();
      else if (step === 'restart') publisher.restart();
      else if (step === 'media lost') world.say('disconnected');
      else if (step === 'media failed') world.say('failed');
      else if (step === 'media back') world.say('connected');
      else if (step === 'switch') void publisher.choose({ facing: 'user' });
      else if (step === 'stop') publisher.stop();
      else if (step === 'start') publisher.start();
      else await clock.advance(4_000);
      if (pause) await settle();
    }
    Object.assign(world, { hubUp: true, nodeFails: null, cameraFails: null });
    publisher.start();
    publisher.hubConnected();
    await clock.advance(120_000);
    expect(at()).toEqual({ at: 'live', hubAway: false });
    expect(world.open).toBe(1);
    expect(world.mostOpen).toBeLessThanOrEqual(1);
    expect(world.tracks.filter((track) => track.usable)).toHaveLength(1);
    publisher.stop();
    await settle();
    expect(world.tracks.filter((track) => track.usable)).toHaveLength(0);
    expect(world.open).toBe(0);
  }), { seed: SEED, numRuns: 300 });
});
