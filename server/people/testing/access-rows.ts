import { PERSON_ROLES, type DeviceKind, type Role } from '../../../contract/index.ts';
import { choicesOf } from '../../cameras/testing/choices.ts';

/** A route as it is declared, and who may use it. */
export interface AccessRow {
  route: `${'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'} /api/v1/${string}`;
  body?: unknown;
  headers?: Record<string, string>;
  query?: string;
  /** What the route names is not there: whoever may use it hears 404 or the like, and nothing changes. */
  nobody?: true;
}
export interface PersonRow extends AccessRow { allowed: readonly Role[] }
export interface DeviceRow extends AccessRow { kinds: readonly DeviceKind[] }

const everyone: readonly Role[] = PERSON_ROLES;
const administrators: readonly Role[] = ['administrator'];
const managers: readonly Role[] = ['administrator', 'supervisor'];
const handlers: readonly Role[] = ['administrator', 'supervisor', 'floor'];
const readers: readonly Role[] = ['administrator', 'supervisor', 'analyst'];

const REPORTS = ['portrait', 'journey', 'attention', 'together', 'day-hours'] as const;
const PERIOD = '?from=1790000000000&to=1790003600000';

/** Routes for people. Bodies are empty patches, refused, or say what is so already: order does not matter. */
export const PERSON_ROWS: readonly PersonRow[] = [
  { route: 'GET /api/v1/session', allowed: [...everyone, 'wall'] },
  { route: 'GET /api/v1/users', allowed: administrators },
  { route: 'POST /api/v1/users', body: {}, allowed: administrators },
  { route: 'PATCH /api/v1/users/:user', body: {}, allowed: administrators, nobody: true },
  { route: 'GET /api/v1/audit', allowed: administrators },
  { route: 'GET /api/v1/sites', allowed: everyone },
  { route: 'POST /api/v1/sites', body: {}, allowed: administrators },
  { route: 'GET /api/v1/sites/:site', allowed: everyone },
  { route: 'PATCH /api/v1/sites/:site', body: {}, allowed: administrators },
  { route: 'POST /api/v1/sites/:site/zones', body: {}, allowed: administrators },
  { route: 'PATCH /api/v1/sites/:site/zones/:zone', body: {}, allowed: administrators, nobody: true },
  { route: 'DELETE /api/v1/sites/:site/zones/:zone', allowed: administrators, nobody: true },
  { route: 'POST /api/v1/sites/:site/touchpoints', body: {}, allowed: administrators },
  { route: 'PATCH /api/v1/sites/:site/touchpoints/:touchpoint', body: {}, allowed: administrators, nobody: true },
  { route: 'DELETE /api/v1/sites/:site/touchpoints/:touchpoint', allowed: administrators, nobody: true },
  { route: 'GET /api/v1/sites/:site/plan', allowed: everyone },
  { route: 'PUT /api/v1/sites/:site/plan', body: {}, allowed: administrators },
  { route: 'PUT /api/v1/sites/:site/plan/picture', body: 'x', headers: { 'content-type': 'image/png' }, allowed: administrators },
  { route: 'DELETE /api/v1/sites/:site/plan/picture', allowed: administrators, nobody: true },
  { route: 'GET /api/v1/sites/:site/files/:hash', allowed: everyone, nobody: true },
  { route: 'GET /api/v1/sites/:site/events', allowed: ['administrator', 'analyst'] },

  { route: 'GET /api/v1/sites/:site/devices', allowed: handlers },
  { route: 'POST /api/v1/sites/:site/devices', body: {}, allowed: managers },
  { route: 'PATCH /api/v1/devices/:device', body: {}, allowed: managers },
  { route: 'POST /api/v1/devices/:device/revoke', allowed: managers, nobody: true },
  { route: 'PUT /api/v1/devices/:device/mute', body: { until: 1 }, allowed: handlers },
  { route: 'GET /api/v1/pairings/:code', allowed: managers, nobody: true },
  { route: 'POST /api/v1/pairings/:code/confirm', body: { site: 'one', name: 'x' }, allowed: managers, nobody: true },
  { route: 'GET /api/v1/sites/:site/walls', allowed: handlers },
  { route: 'POST /api/v1/sites/:site/walls', body: {}, allowed: managers },
  { route: 'POST /api/v1/walls/:wall/revoke', allowed: managers, nobody: true },

  { route: 'GET /api/v1/sites/:site/alerts', allowed: everyone },
  { route: 'GET /api/v1/alerts/:alert', allowed: everyone },
  { route: 'POST /api/v1/alerts/:alert/claim', allowed: handlers },
  { route: 'POST /api/v1/alerts/:alert/release', allowed: handlers },
  { route: 'POST /api/v1/alerts/:alert/resolve', body: { cause: 'queue' }, allowed: handlers },
  { route: 'POST /api/v1/alerts/:alert/depart', allowed: handlers },
  { route: 'POST /api/v1/alerts/:alert/snooze', body: { for: 5, reason: 'r' }, allowed: handlers },
  { route: 'POST /api/v1/alerts/:alert/seen', allowed: handlers },
  { route: 'GET /api/v1/sites/:site/alert-settings', allowed: everyone },
  { route: 'PUT /api/v1/sites/:site/alert-settings', body: {}, allowed: managers },
  { route: 'GET /api/v1/sites/:site/rules', allowed: everyone },
  { route: 'POST /api/v1/sites/:site/rules', body: {}, allowed: managers },
  { route: 'POST /api/v1/sites/:site/rules/preview', body: {}, allowed: managers },
  { route: 'PUT /api/v1/sites/:site/rules/:rule', body: {}, allowed: managers, nobody: true },
  { route: 'DELETE /api/v1/sites/:site/rules/:rule', allowed: managers, nobody: true },

  { route: 'GET /api/v1/sites/:site/shifts', allowed: everyone },
  { route: 'POST /api/v1/sites/:site/shifts', body: {}, allowed: managers },
  { route: 'PUT /api/v1/shifts/:shift', body: {}, allowed: managers, nobody: true },
  { route: 'DELETE /api/v1/shifts/:shift', allowed: managers, nobody: true },
  { route: 'GET /api/v1/sites/:site/duty', allowed: everyone },
  { route: 'PUT /api/v1/sites/:site/duty', body: {}, allowed: handlers },
  { route: 'GET /api/v1/sites/:site/people', allowed: managers },
  { route: 'POST /api/v1/sites/:site/presence', allowed: everyone },
  { route: 'GET /api/v1/notifications', allowed: everyone },
  { route: 'PUT /api/v1/notifications/settings', body: {}, allowed: everyone },
  { route: 'POST /api/v1/notifications/subscriptions', body: {}, allowed: everyone },
  { route: 'DELETE /api/v1/notifications/subscriptions/:subscription', allowed: everyone, nobody: true },
  { route: 'POST /api/v1/notifications/test', body: {}, allowed: everyone },
  { route: 'GET /api/v1/sites/:site/deliveries', allowed: managers },
  { route: 'GET /api/v1/sites/:site/webhooks', allowed: managers },
  { route: 'POST /api/v1/sites/:site/webhooks', body: {}, allowed: managers },
  { route: 'PUT /api/v1/sites/:site/webhooks/:webhook', body: {}, allowed: managers, nobody: true },
  { route: 'DELETE /api/v1/sites/:site/webhooks/:webhook', allowed: managers, nobody: true },
  { route: 'POST /api/v1/webhooks/:webhook/test', allowed: managers, nobody: true },

  { route: 'GET /api/v1/sites/:site/reports/response', allowed: readers },
  ...REPORTS.flatMap((name): PersonRow[] => [
    { route: `GET /api/v1/sites/:site/emotions/${name}`, query: PERIOD, allowed: readers },
    { route: `GET /api/v1/sites/:site/emotions/${name}.csv`, query: PERIOD, allowed: readers },
  ]),
  { route: 'GET /api/v1/sites/:site/emotions/now', allowed: everyone },
  { route: 'GET /api/v1/sites/:site/emotions/now.csv', allowed: everyone },

  { route: 'POST /api/v1/sites/:site/traffic/import', body: 'x', headers: { 'content-type': 'text/csv' }, allowed: managers },
  { route: 'GET /api/v1/sites/:site/traffic/health', allowed: everyone },
  { route: 'GET /api/v1/traffic/broker', allowed: handlers },

  { route: 'GET /api/v1/sites/:site/cameras', allowed: everyone },
  { route: 'GET /api/v1/sites/:site/cameras/register', allowed: everyone },
  { route: 'GET /api/v1/sites/:site/cameras/register.csv', allowed: everyone },
  { route: 'GET /api/v1/sites/:site/cameras/sign', allowed: everyone },
  { route: 'GET /api/v1/cameras/:camera/setup', allowed: handlers },
  // Of a version that it never had: 409 to whoever may.
  { route: 'PUT /api/v1/cameras/:camera/setup', body: choicesOf(), headers: { 'if-match': '"99"' }, allowed: managers },
  { route: 'POST /api/v1/cameras/:camera/setup/open', body: { minutes: 1 }, allowed: managers },
  { route: 'POST /api/v1/cameras/:camera/setup/close', allowed: managers },
  { route: 'GET /api/v1/cameras/:camera/source', allowed: managers, nobody: true },
  { route: 'PUT /api/v1/cameras/:camera/source', body: { url: 'rtsp://127.0.0.1/refused' }, allowed: managers },
  { route: 'DELETE /api/v1/cameras/:camera/source', allowed: managers, nobody: true },
  { route: 'PUT /api/v1/cameras/:camera/staff-analysis', body: { enabled: false }, allowed: administrators },
];

const all: readonly DeviceKind[] = ['button', 'terminal', 'counter', 'till', 'phone', 'camera', 'vision'];
const SDP = { 'content-type': 'application/sdp' };
const FRAGMENT = { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '"x"' };

/** Routes for devices, by what kind of device may use them. `:camera` is the camera that asks, or one that is another's. */
export const DEVICE_ROWS: readonly DeviceRow[] = [
  { route: 'GET /api/v1/devices/me', kinds: all },
  { route: 'POST /api/v1/devices/me/heartbeat', kinds: all },
  { route: 'POST /api/v1/events', body: {}, kinds: all },
  { route: 'POST /api/v1/files', body: 'x', headers: { 'content-type': 'image/png' }, kinds: ['button', 'terminal'] },
  { route: 'GET /api/v1/device/camera-setup', kinds: ['camera'] },
  { route: 'PUT /api/v1/device/camera-setup', body: choicesOf(), headers: { 'if-match': '"99"' }, kinds: ['camera'] },
  { route: 'POST /api/v1/vision/sync', body: { node: 'n', room: 0, load: 1, cameras: [], pulling: [] }, kinds: ['vision'] },
  { route: 'POST /api/v1/vision/cameras/:camera/scene', body: { version: 1, scene: 'AAAAAAAA' }, kinds: ['vision'], nobody: true },
  { route: 'POST /api/v1/cameras/:camera/whip', body: 'v=1', headers: SDP, kinds: ['camera'] },
  { route: 'PATCH /api/v1/cameras/:camera/whip/:resource', body: 'x', headers: FRAGMENT, kinds: ['camera'], nobody: true },
  { route: 'DELETE /api/v1/cameras/:camera/whip/:resource', kinds: ['camera'], nobody: true },
];

/** Open on purpose: whoever asks brings a secret in the body or the address, or learns what everybody may know. */
export const OPEN_ROUTES: readonly string[] = [
  'GET /api/v1/setup', 'POST /api/v1/setup', 'POST /api/v1/session', 'DELETE /api/v1/session', 'POST /api/v1/session/password',
  'POST /api/v1/pairings', 'POST /api/v1/pairings/:code/token', 'POST /api/v1/walls/:wall/session', 'POST /api/v1/notifications/receipts/:receipt',
  // What a WHIP endpoint takes (CORS), and 405 for methods that it does not.
  ...['/api/v1/cameras/:camera/whip', '/api/v1/cameras/:camera/whip/:resource'].flatMap((url) => [`OPTIONS ${url}`, `GET ${url}`, `PUT ${url}`]),
  'GET /healthz', 'GET /readyz', 'GET /metrics',
  // The web's files and its own paths, the live socket, and the signalling, which has its own rights.
  'GET /ws', 'GET *', 'POST *', 'OPTIONS *',
];
