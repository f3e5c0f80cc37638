import { defineKind, NOTHING } from './kind.ts';

/** A device was not heard for a while. Over as soon as it is heard. */
export const deviceSilent = defineKind<'device.silent', never>({
  types: ['device.silent', 'device.seen'], by: 'place',
  isPrompt: () => true,
  key: (event) => (event.type === 'device.silent' || event.type === 'device.seen' ? event.body.device : null),
  step(state, event, _now, scene) {
    if (event.type === 'device.silent') {
      const { device, lastSeen } = event.body;
      return { state, wishes: [{ do: 'raise', part: device, source: event.id, at: event.at, touchpoint: event.touchpoint, device, facts: { lastSeen } }] };
    }
    const back = event.type === 'device.seen' && scene.isLive(event.body.device);
    return { state, wishes: back ? [{ do: 'clear', part: event.body.device, source: event.id, taken: true }] : NOTHING };
  },
});

/** Above the limit by so much the battery was charged or changed: a reading may waver by less. */
const CHARGED = 5;

/** `raised`: somebody was told already; it is told again after the device was charged. */
export interface BatteryState { raised: true }

export const deviceBattery = defineKind<'device.battery', BatteryState>({
  types: ['device.battery'], by: 'place',
  isPrompt: () => false,
  key: (event) => (event.type === 'device.battery' ? event.body.device : null),
  step(state, event, _now, scene) {
    if (event.type !== 'device.battery') return { state, wishes: NOTHING };
    const { device, percent } = event.body;
    const by = { part: device, source: event.id };
    const live = scene.isLive(device);
    if (percent > scene.params.percent + CHARGED) return { state: undefined, wishes: live ? [{ do: 'clear', ...by, taken: true }] : NOTHING };
    if (percent > scene.params.percent) return { state, wishes: NOTHING };
    if (live) return { state: { raised: true }, wishes: [{ do: 'update', ...by, at: event.at, facts: { percent } }] };
    if (state?.raised) return { state, wishes: NOTHING };
    return { state: { raised: true }, wishes: [{ do: 'raise', ...by, at: event.at, touchpoint: event.touchpoint, device, facts: { percent } }] };
  },
});

/** A camera's picture stands still. A camera that is gone is a silent device, not a frozen one. */
export const cameraFrozen = defineKind<'camera.frozen', never>({
  types: ['camera.frozen', 'camera.disconnected'], by: 'place',
  isPrompt: () => true,
  key: (event) => (event.type === 'camera.frozen' || event.type === 'camera.disconnected' ? event.body.camera : null),
  step(state, event, _now, scene) {
    if (event.type !== 'camera.frozen' && event.type !== 'camera.disconnected') return { state, wishes: NOTHING };
    const { camera } = event.body;
    const live = scene.isLive(camera);
    if (event.type === 'camera.frozen' && event.body.frozen) {
      return { state, wishes: live ? NOTHING : [{ do: 'raise', part: camera, source: event.id, at: event.body.since, touchpoint: event.touchpoint, device: camera }] };
    }
    return { state, wishes: live ? [{ do: 'clear', part: camera, source: event.id, taken: true }] : NOTHING };
  },
});

/** Why analysis stops without anybody having wanted that. What an installer has not decided yet, or darkness, calls nobody. */
const NEEDS_SOMEBODY: ReadonlySet<string | null> = new Set(['moved', 'mask_missing', 'too_large', 'model_failed']);

/** A camera's picture comes and is not analysed. Its node says so again after every reconnection, so that going away ends nothing. */
export const cameraStopped = defineKind<'camera.stopped', never>({
  types: ['camera.analysis', 'camera.configured'], by: 'place',
  isPrompt: () => true,
  key: (event) => (event.type === 'camera.analysis' || event.type === 'camera.configured' ? event.body.camera : null),
  step(state, event, _now, scene) {
    if (event.type !== 'camera.analysis' && event.type !== 'camera.configured') return { state, wishes: NOTHING };
    const { camera } = event.body;
    const live = scene.isLive(camera);
    // A reason may stand beside work that goes on: one of several models failed.
    if (event.type === 'camera.analysis' && NEEDS_SOMEBODY.has(event.body.reason)) {
      return { state, wishes: live ? NOTHING : [{ do: 'raise', part: camera, source: event.id, at: event.body.since, touchpoint: event.touchpoint, device: camera }] };
    }
    // Another set-up is followed by the node's word on it; a camera that was taken away has none to come.
    const over = event.type === 'camera.analysis' || event.body.version === 0;
    return { state, wishes: live && over ? [{ do: 'clear', part: camera, source: event.id, taken: true }] : NOTHING };
  },
});

/** A shift began and nobody of it can be told anything. */
export const dutyUnreachable = defineKind<'duty.unreachable', never>({
  types: ['duty.checked'], by: 'place',
  isPrompt: () => true,
  key: (event) => (event.type === 'duty.checked' ? event.body.shift : null),
  step(state, event, _now, scene) {
    if (event.type !== 'duty.checked') return { state, wishes: NOTHING };
    const { shift, reachable } = event.body;
    const live = scene.isLive(shift);
    if (reachable) return { state, wishes: live ? [{ do: 'clear', part: shift, source: event.id, taken: true }] : NOTHING };
    return { state, wishes: live ? NOTHING : [{ do: 'raise', part: shift, source: event.id, at: event.at, touchpoint: event.touchpoint }] };
  },
});
