import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { LIMITS, PROFILES } from '../contract/index.ts';

/** Settings of a hub, from the environment. Each has a default that works on one machine. */
export const HubConfig = Type.Object({
  host: Type.String({ minLength: 1 }),
  port: Type.Integer({ minimum: 0, maximum: 65_535 }),
  dataDir: Type.String({ minLength: 1 }),
  webDir: Type.String({ minLength: 1 }),
  /** Extra origins that browsers may come from, e.g. behind a proxy that changes the host. */
  origins: Type.Array(Type.String({ pattern: '^https?://[^/]+$' })),
  /** Whether X-Forwarded-* of a proxy in front is believed. */
  trustProxy: Type.Boolean(),
  adminEmail: Type.Union([Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$' }), Type.Null()]),
  adminPassword: Type.Union([Type.String({ minLength: 10 }), Type.Null()]),
  vision: Type.Union([Type.Literal('embedded'), Type.Literal('off')]),
  logLevel: Type.Union(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map((level) => Type.Literal(level))),
  tlsCert: Type.Union([Type.String(), Type.Null()]),
  tlsKey: Type.Union([Type.String(), Type.Null()]),
  /** Events a second that one device may send on average. */
  deviceEventsPerSecond: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  stopTimeoutMs: Type.Integer({ minimum: 100, maximum: 60_000 }),
  /** Days for which voice messages and photos of visitors are kept. */
  filesDays: Type.Integer({ minimum: 1, maximum: 3650 }),
  /** PostgreSQL in place of the embedded store: several hubs may share it. */
  databaseUrl: Type.Union([Type.String({ pattern: '^postgres(ql)?://' }), Type.Null()]),
  /** Connections that this hub opens to PostgreSQL. */
  databaseConnections: Type.Integer({ minimum: 8, maximum: 200 }),
  /** Redis, by which hubs tell each other at once what they committed. */
  redisUrl: Type.Union([Type.String({ pattern: '^(redis|rediss|unix)://' }), Type.Null()]),
  /** Begins the names of everything in Redis, so that installations can share a server. */
  redisPrefix: Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,40}$' }),
  /** A token that vision nodes of their own machines and every hub are given. */
  visionToken: Type.Union([Type.String({ pattern: '^[\\x21-\\x7e]{32,200}$' }), Type.Null()]),
  /** Where people open the console from outside: links in mails and messages lead there. Without a slash at the end. */
  publicUrl: Type.Union([Type.String({ pattern: '^https?://[^/?#@\\s]+$' }), Type.Null()]),
  /** Mail server for notices, with its user and password. */
  smtpUrl: Type.Union([Type.String({ pattern: '^smtps?://[^/?#\\s]+(/?\\?[^#\\s]*)?/?$' }), Type.Null()]),
  mailFrom: Type.Union([Type.String({ pattern: '^[^\\r\\n]*[^\\s@<>]+@[^\\s@<>]+>?$', maxLength: 320 }), Type.Null()]),
  /** Token of the Telegram bot that tells people. */
  telegramToken: Type.Union([Type.String({ pattern: '^[0-9]{1,20}:[A-Za-z0-9_-]{10,100}$' }), Type.Null()]),
  telegramUrl: Type.String({ pattern: '^https?://[^/?#@\\s]+$' }),
  /** Whom push services may ask about this hub's messages. */
  pushSubject: Type.Union([Type.String({ pattern: '^(mailto:[^\\s@]+@[^\\s@]+|https://\\S+)$' }), Type.Null()]),
  /** Lets webhooks and push services be in this machine's own network. */
  privateWebhooks: Type.Boolean(),
  /** Broker at which people counters publish, with its user and password. */
  mqttUrl: Type.Union([Type.String({ pattern: '^(mqtts?|wss?)://[^/?#\\s]+(/[^?#\\s]*)?$' }), Type.Null()]),
  /** `eu`: nothing analyses staff, whoever asks for it. */
  profile: Type.Union(PROFILES.map((profile) => Type.Literal(profile))),
  /** Seals the passwords of IP cameras. The embedded store makes a key of its own in its folder. */
  secretsKey: Type.Union([Type.String({ pattern: '^[\\x21-\\x7e]{32,200}$' }), Type.Null()]),
  /** Lets IP cameras be on the vision node's own machine. */
  localCameras: Type.Boolean(),
}, { additionalProperties: false });
export type HubConfig = Static<typeof HubConfig>;

const validator = Compile(HubConfig);

interface Setting {
  key: keyof HubConfig;
  env: string;
  secret?: true;
  read(raw: string): unknown;
  fallback: unknown;
  /** What is said of a wrong value, where the schema's own words would not help. */
  expects?: string;
}

const string = (raw: string): unknown => raw;
const whole = (raw: string): unknown => (/^\d{1,9}$/.test(raw) ? Number(raw) : raw);
const flag = (raw: string): unknown => ({ 1: true, true: true, yes: true, 0: false, false: false, no: false })[raw.toLowerCase()] ?? raw;
const address = (raw: string): unknown => raw.replace(/\/+$/, '');
const list = (raw: string): unknown => raw.split(',').map((part) => part.trim()).filter(Boolean);

const SETTINGS: Setting[] = [
  { key: 'host', env: 'OTKLIK_HOST', read: string, fallback: '0.0.0.0' },
  { key: 'port', env: 'OTKLIK_PORT', read: whole, fallback: 8400 },
  { key: 'dataDir', env: 'OTKLIK_DATA_DIR', read: string, fallback: 'data' },
  { key: 'webDir', env: 'OTKLIK_WEB_DIR', read: string, fallback: 'build/web' },
  { key: 'origins', env: 'OTKLIK_ORIGINS', read: list, fallback: [] },
  { key: 'trustProxy', env: 'OTKLIK_TRUST_PROXY', read: flag, fallback: false },
  { key: 'adminEmail', env: 'OTKLIK_ADMIN_EMAIL', read: string, fallback: null, expects: 'must be an email address' },
  { key: 'adminPassword', env: 'OTKLIK_ADMIN_PASSWORD', secret: true, read: string, fallback: null, expects: 'must have 10 characters or more' },
  { key: 'vision', env: 'OTKLIK_VISION', read: string, fallback: 'embedded' },
  { key: 'logLevel', env: 'OTKLIK_LOG_LEVEL', read: string, fallback: 'info' },
  { key: 'tlsCert', env: 'OTKLIK_TLS_CERT', read: string, fallback: null },
  { key: 'tlsKey', env: 'OTKLIK_TLS_KEY', read: string, fallback: null },
  { key: 'deviceEventsPerSecond', env: 'OTKLIK_DEVICE_EVENTS_PER_SECOND', read: whole, fallback: LIMITS.deviceEventsPerSecond },
  { key: 'stopTimeoutMs', env: 'OTKLIK_STOP_TIMEOUT_MS', read: whole, fallback: 8_000 },
  { key: 'filesDays', env: 'OTKLIK_FILES_DAYS', read: whole, fallback: 30, expects: 'must be a whole number of days from 1 to 3650' },
  { key: 'databaseUrl', env: 'DATABASE_URL', secret: true, read: string, fallback: null, expects: 'must be an address like postgres://user:password@host:5432/database' },
  { key: 'databaseConnections', env: 'OTKLIK_DATABASE_CONNECTIONS', read: whole, fallback: 12 },
  { key: 'redisUrl', env: 'REDIS_URL', secret: true, read: string, fallback: null, expects: 'must be an address like redis://user:password@host:6379, rediss://… or unix:///path/to/socket' },
  { key: 'redisPrefix', env: 'OTKLIK_REDIS_PREFIX', read: string, fallback: 'otklik', expects: 'must be 1 to 40 letters, digits, "_", ".", ":" or "-"' },
  { key: 'visionToken', env: 'OTKLIK_VISION_TOKEN', secret: true, read: string, fallback: null, expects: 'must be 32 to 200 characters without spaces, e.g. of `openssl rand -hex 32`' },
  { key: 'publicUrl', env: 'OTKLIK_PUBLIC_URL', read: address, fallback: null, expects: 'must be the address that people open, like https://otklik.example, without a path' },
  { key: 'smtpUrl', env: 'OTKLIK_SMTP_URL', secret: true, read: string, fallback: null, expects: 'must be an address like smtps://user:password@mail.example:465 or smtp://user:password@mail.example:587; write @ : / # % of the user or password as %40 %3A %2F %23 %25' },
  { key: 'mailFrom', env: 'OTKLIK_MAIL_FROM', read: string, fallback: null, expects: 'must be a sender like otklik@shop.example or Otklik <otklik@shop.example>' },
  { key: 'telegramToken', env: 'OTKLIK_TELEGRAM_TOKEN', secret: true, read: string, fallback: null, expects: 'must be a bot\'s token as BotFather gives it, like 123456:ABC…' },
  { key: 'telegramUrl', env: 'OTKLIK_TELEGRAM_URL', read: address, fallback: 'https://api.telegram.org', expects: 'must be the address of a Bot API server, without a path' },
  { key: 'pushSubject', env: 'OTKLIK_PUSH_SUBJECT', read: string, fallback: null, expects: 'must be mailto:somebody@example.org or an https:// address' },
  { key: 'privateWebhooks', env: 'OTKLIK_PRIVATE_WEBHOOKS', read: flag, fallback: false },
  { key: 'mqttUrl', env: 'OTKLIK_MQTT_URL', secret: true, read: string, fallback: null, expects: 'must be an address like mqtt://user:password@broker:1883 or mqtts://broker:8883; write @ : / # % of the user or password as %40 %3A %2F %23 %25' },
  { key: 'profile', env: 'OTKLIK_PROFILE', read: string, fallback: 'eu', expects: 'must be eu or other' },
  { key: 'secretsKey', env: 'OTKLIK_SECRETS_KEY', secret: true, read: string, fallback: null, expects: 'must be 32 to 200 characters without spaces, e.g. of `openssl rand -hex 32`' },
  { key: 'localCameras', env: 'OTKLIK_LOCAL_CAMERAS', read: flag, fallback: false },
];

/** The environment asks for something that cannot be done; the message lists every wrong variable. */
export class ConfigError extends Error {}

/** Settings from the environment. @throws ConfigError naming each wrong variable and what was expected. */
export function readConfig(env: Record<string, string | undefined>): HubConfig {
  const config: Record<string, unknown> = {};
  for (const { key, env: name, read, fallback } of SETTINGS) {
    const raw = env[name]?.trim();
    config[key] = raw === undefined || raw === '' ? fallback : read(raw);
  }
  const problems = [...new Set([...validator.Errors(config)].map((error) => describe(error.instancePath, error.message)))];
  if ((config['adminEmail'] === null) !== (config['adminPassword'] === null)) problems.push('OTKLIK_ADMIN_EMAIL and OTKLIK_ADMIN_PASSWORD go together: set both or neither');
  if ((config['tlsCert'] === null) !== (config['tlsKey'] === null)) problems.push('OTKLIK_TLS_CERT and OTKLIK_TLS_KEY go together: set both or neither');
  if ((config['smtpUrl'] === null) !== (config['mailFrom'] === null)) problems.push('OTKLIK_SMTP_URL and OTKLIK_MAIL_FROM go together: set both or neither');
  if (config['redisUrl'] !== null && config['databaseUrl'] === null) problems.push('REDIS_URL joins several hubs, which cannot share the embedded store: set DATABASE_URL too, or neither');
  if (problems.length > 0) throw new ConfigError(`The configuration has mistakes:\n  ${problems.join('\n  ')}`);
  return config as HubConfig;
}

function describe(path: string, message: string): string {
  const key = path.split('/')[1];
  const setting = SETTINGS.find((one) => one.key === key);
  return `${setting?.env ?? path}: ${setting?.expects ?? message}`;
}

/** One line a setting for the log at start; secrets show only whether they are set. */
export function summarise(config: HubConfig): string[] {
  return SETTINGS.map(({ key, env, secret }) => {
    const value = config[key];
    return `${env} = ${secret ? (value === null ? 'not set' : 'set') : value === null ? 'not set' : Array.isArray(value) ? value.join(',') || 'none' : String(value)}`;
  });
}
