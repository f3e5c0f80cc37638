import { DEVICE_KIND_NAMES, EMOTIONS, EVENT_TYPES, PERSON_ROLES, type EmotionShares, type EventType } from '../../../contract/index.ts';
import { pick, type Random } from './mutate.ts';

/** The hub's clock in these tests, epoch ms. */
export const NOW = 1_790_000_000_000;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export const ulidOf = (random: Random): string => `01${Array.from({ length: 24 }, () => ALPHABET[random.below(32)]).join('')}`;
const maybe = <T extends object>(random: Random, part: T): T | object => (random.chance(0.5) ? part : {});

function sharesOf(random: Random): EmotionShares {
  return Object.fromEntries(EMOTIONS.map((emotion) => [emotion, random.next()])) as EmotionShares;
}

function facesOf(random: Random): { faces: number; mean: object; spread: object; smile: number | null; mood: number | null } {
  const faces = random.below(4) * random.below(50);
  return { faces, mean: sharesOf(random), spread: sharesOf(random), smile: faces === 0 ? null : random.next(), mood: faces === 0 ? null : random.next() * 2 - 1 };
}

function visitsOf(random: Random): object {
  const n = random.below(9);
  return {
    n, mean: sharesOf(random), spread: sharesOf(random), smiles: random.below(n + 1), mood: n === 0 ? null : random.next() * 2 - 1, moodSpread: random.next(), seconds: n * 8, secondsSquared: n * 70, turned: random.below(n + 1),
    ...maybe(random, { male: 1, female: 2, ages: [0, 1, 2, 0, 0] }),
  };
}

function windowOf(random: Random, at: number): object {
  const frames = random.below(100);
  return {
    camera: pick(random, ['cam-1', 'cam-2', '01k7zzzzzzzzzzzzzzzzzzzzzz']), from: at - 10_000, to: at, frames, dropped: random.below(10), ...facesOf(random),
    ...maybe(random, {
      smileAbove: 0.5, withFace: random.below(frames + 1), left: { small: 1, blurred: 0, turned: 2, cut: 0, still: 0, mirrored: 0 }, visits: visitsOf(random),
      areas: Array.from({ length: random.below(3) }, (_, i) => ({ area: `area-${i}`, ...maybe(random, { staff: true }), withFace: random.below(frames + 1), ...facesOf(random), visits: visitsOf(random) })),
    }),
  };
}

export const sampleOf = (random: Random): object => ({ camera: 'cam-1', site: 'shop', at: NOW, faces: 1, shares: sharesOf(random), mood: 0.2, fps: 5, lagMs: 30, width: 640, height: 480 });

/** A body that fits its type. */
export function bodyOf(random: Random, type: EventType, at: number): object {
  const by = { id: '01k7aaaaaaaaaaaaaaaaaaaaaa', name: 'Anna' };
  const alert = pick(random, ['a1', 'a2', 'a3']);
  const scale = 2 + random.below(10);
  const rating = { value: 1 + random.below(scale), scale, ...maybe(random, { factor: 'queue' }) };
  switch (type) {
    case 'feedback.rated': return rating;
    case 'feedback.messaged': return { text: 'дорого и долго', ...maybe(random, { contact: '+7 900 000-00-00' }), ...maybe(random, { rating: ulidOf(random) }) };
    case 'feedback.explained': return { rating: ulidOf(random), factor: 'queue' };
    case 'emotion.episode': return { episode: ulidOf(random).toLowerCase(), camera: 'cam-1', state: pick(random, ['opened', 'escalated', 'ended']), since: at, mood: -0.4, faces: 40 };
    case 'camera.analysis': return { camera: 'cam-1', running: random.chance(0.5), reason: random.chance(0.5) ? 'moved' : null, since: at };
    case 'camera.configured': return { camera: 'cam-1', version: 1, by };
    case 'traffic.discounted': return { in: random.below(3), out: 0, reason: 'staff' };
    case 'camera.frozen': return { camera: 'cam-1', frozen: random.chance(0.5), since: at };
    case 'traffic.counted': return { in: random.below(9), out: random.below(9), ...maybe(random, { seconds: 60 }) };
    case 'sale.recorded': return { receipt: 'r-1', total: random.below(100_000), currency: 'RUB', ...maybe(random, { items: 3 }) };
    case 'consultation.counted': return maybe(random, { staff: 's-1' });
    case 'consultation.undone': return { consultation: ulidOf(random) };
    case 'visit.lost': return maybe(random, { reason: 'price' });
    case 'emotion.windowed': return windowOf(random, at);
    case 'emotion.summed': return { from: at - 60_000, to: at, people: 5 + random.below(50), mood: 0.25, smile: random.next() };
    case 'camera.connected': return { camera: 'cam-1', node: 'node-1', ...maybe(random, { codec: 'video/VP8' }) };
    case 'camera.disconnected': return { camera: 'cam-1', node: 'node-1', reason: 'gone' };
    case 'device.seen': return { device: 'd-1' };
    case 'device.silent': return { device: 'd-1', lastSeen: at };
    case 'alert.opened': return { alert, kind: 'feedback.negative', severity: 'high', source: ulidOf(random), since: at, touchpoint: random.chance(0.5) ? 'till-3' : null, ...maybe(random, { rating }) };
    case 'device.battery': return { device: 'd-1', percent: random.below(101) };
    case 'device.muted': return { device: 'd-1', until: random.chance(0.5) ? at : null, by };
    case 'duty.started': return { by, role: 'floor', zones: random.chance(0.5) ? ['hall'] : null, until: null, shift: null };
    case 'duty.ended': return { by };
    case 'duty.checked': return { shift: 's-1', name: 'Morning', reachable: random.chance(0.5) };
    case 'alert.grown': return { alert, source: ulidOf(random), count: 1 + random.below(9), last: at, severity: 'high', ...maybe(random, { rating }) };
    case 'alert.seen': case 'alert.departed': return { alert, by };
    case 'alert.snoozed': return { alert, by, until: at + 300_000, reason: 'cleaning' };
    case 'alert.returned': return { alert, why: 'no_outcome', from: by };
    case 'alert.escalated': return { alert, step: 1 };
    case 'alert.noticed': return { alert, channel: 'push' };
    case 'alert.expired': return { alert };
    case 'alert.cleared': return { alert, source: ulidOf(random) };
    case 'alert.claimed': case 'alert.released': return { alert, by };
    case 'alert.resolved': return { alert, by, cause: 'queue', ...maybe(random, { outcome: 'helped' }), ...maybe(random, { note: 'a second till' }) };
  }
}

/** An event as a sender makes it, all in order. */
export function eventOf(random: Random, type: EventType = pick(random, EVENT_TYPES)): { id: string; type: EventType; site: string; at: number; body: object } {
  const at = NOW - random.below(3) * random.below(86_400_000);
  return { id: ulidOf(random), type, site: 'shop', at, ...maybe(random, { touchpoint: 'till-3' }), body: bodyOf(random, type, at) };
}

/** Messages of `/ws`, all in order. */
export function clientMessageOf(random: Random): object {
  const channel = (): string => `${pick(random, ['floor', 'wall', 'cameras', 'devices', 'floors'])}:${pick(random, ['shop', 'other', 'constructor', ''])}`;
  const subscriptions = Array.from({ length: random.below(5) }, () => ({ channel: channel(), ...maybe(random, { epoch: 'e1', offset: random.below(1_000) }) }));
  return pick(random, [{ t: 'hello', protocol: 1, subscriptions }, { t: 'hello', protocol: 1, subscriptions }, { t: 'subscribe', subscriptions }, { t: 'unsubscribe', channels: [channel()] }]);
}

const PASSWORD = 'a long enough password';
const WORD = 'x'.repeat(43);
/** Bodies of REST requests, by the name of their schema in the contract. */
export const REST_BODIES: Record<string, object> = {
  SignIn: { email: 'a@example.test', password: PASSWORD },
  Setup: { token: WORD, email: 'a@example.test', name: 'Anna', password: PASSWORD },
  NewUser: { email: 'b@example.test', name: 'Boris', role: PERSON_ROLES[1], locale: 'ru', sites: ['shop'], password: PASSWORD },
  UserPatch: { name: 'Boris', sites: null, disabled: false },
  PasswordChange: { current: PASSWORD, password: PASSWORD },
  NewSite: { id: 'shop-2', name: 'Магазин', timezone: 'Europe/Moscow' },
  SitePatch: { name: 'Shop', timezone: 'UTC' },
  NewZone: { id: 'hall', name: 'Hall' },
  NewTouchpoint: { id: 'till-4', name: 'Till 4', zone: null },
  TouchpointPatch: { name: 'Till', zone: 'hall' },
  NewDevice: { kind: DEVICE_KIND_NAMES[0], name: 'Button', touchpoint: 'till-3' },
  DevicePatch: { name: 'Button', touchpoint: null },
  Heartbeat: { sentAt: NOW, version: '1.0', outbox: 0, battery: 80 },
  DeviceMute: { until: NOW, reason: 'cleaning' },
  NewShift: { name: 'Утро', days: [1, 2, 3, 4, 5], from: 480, to: 960, people: [{ user: 'anna', role: 'floor', zones: ['hall'] }, { user: 'boris', role: 'manager', zones: null }] },
  DutyChange: { on: true, zones: ['hall'], until: NOW },
  NewPairing: { kind: DEVICE_KIND_NAMES[1], name: 'Terminal' },
  PairingConfirm: { site: 'shop', name: 'Terminal', touchpoint: 'till-3' },
  PairingClaim: { secret: WORD },
  NewWall: { name: 'Hall' },
  WallSignIn: { token: WORD },
  EventsRequest: { events: [{ id: '01', type: 'feedback.rated' }, null, 5] },
  CameraChoices: {
    purpose: 'Queues', emotions: true, counting: true, demographics: false, staff: 'masked',
    areas: [{ id: 'door', name: 'Door', role: 'entrance', polygon: [[0.1, 0.1], [0.6, 0.1], [0.6, 0.6], [0.1, 0.6]], zone: null, touchpoint: 'till-3' }],
    masks: [[[0.7, 0], [1, 0], [1, 1]]], line: { from: [0.1, 0.5], to: [0.9, 0.5], inward: 'right', reentryS: 5, groupS: 2 },
  },
  NewCameraSource: { url: 'rtsp://user:pass@192.0.2.20:554/Streaming/Channels/101?x=1' },
  StaffAnalysis: { enabled: true, basis: 'agreed with the works council on 4 May' },
  VisionSync: { node: 'node-9', room: 4, load: 0.5, cameras: [{ camera: 'cam-1', version: 1 }, { camera: '01k7zzzzzzzzzzzzzzzzzzzzzz', version: -1 }], pulling: ['cam-1'] },
  SceneReport: { version: 1, scene: 'AAAAAAAA' },
  WhipOffer: { sdp: 'v=0' },
  ResolveAlert: { cause: 'queue', outcome: 'helped', note: 'done' },
};

/** Messages of the media signalling, by event. */
export function mediaMessageOf(random: Random, event: string): unknown {
  switch (event) {
    case 'camera:connect': return { dtlsParameters: { role: 'client', fingerprints: [{ algorithm: 'sha-256', value: 'AB' }] } };
    case 'camera:produce': return { kind: 'video', rtpParameters: { codecs: [] } };
    case 'node:register': return { node: 'node-1', capacity: 4, cameras: ['cam-1'] };
    case 'node:capacity': return { capacity: 3 };
    case 'node:samples': return [sampleOf(random), sampleOf(random)];
    case 'node:camera': return { camera: 'cam-1', state: 'connected', codec: 'video/VP8', at: NOW };
    case 'node:status': return { fps: 5, lagP50Ms: 20, lagP95Ms: 40, dropped: 0, cameras: 1, outbox: 0 };
    default: return {};
  }
}
