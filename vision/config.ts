import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, hostname, networkInterfaces } from 'node:os';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OwnModels } from './measure/builtin.ts';
import { JOBS, type Job } from './measure/manifest.ts';
import { DEFAULT_PROVIDERS, parseProviders } from './measure/providers.ts';

export interface VisionConfig {
  hubUrl: string;
  token: string;
  node: string;
  /** Cameras taken at once; undefined: as many as the node finds at its start that it can do. */
  capacity: number | undefined;
  mediaPort: number;
  mediaIps: string[];
  /** Whether IP cameras may be on this machine. */
  localCameras: boolean;
  fps: number;
  /** Frames a second in which people are looked for where they are counted. */
  peopleFps: number;
  /** Measuring threads. */
  threads: number;
  /** What models run on, best first. */
  providers: string[];
  smileAbove: number;
  /** How long a camera's picture must be the same to be reported as frozen, ms. */
  frozenMs: number;
  outboxPath: string;
  modelsDir: string;
  /** Manifests of models that replace the ones that come with the program, by their job. */
  models: OwnModels;
  /** mediasoup's worker program; undefined lets mediasoup look for its own. */
  workerBin: string | undefined;
  logLevel: string;
}

type Env = Record<string, string | undefined>;

/** Wrong settings, all at once, each with what to do. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(`The vision node cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** Each thread holds models of its own, some 100 MB: more only where somebody asks for them. */
const MAX_THREADS = 8;
const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];
const SETUP_FILE = fileURLToPath(new URL('../.otklik/setup.json', import.meta.url));

/** Reads settings one by one and gathers what is wrong with them. */
class Reader {
  readonly problems: string[] = [];
  readonly #env: Env;

  constructor(env: Env) {
    this.#env = env;
  }

  text(name: string, fallback: string): string {
    return this.#env[name]?.trim() || fallback;
  }

  number(name: string, fallback: number, min: number, max: number, whole = true): number {
    const text = this.text(name, String(fallback));
    const value = Number(text);
    if (Number.isFinite(value) && value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
    this.problems.push(`${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}"`);
    return fallback;
  }

  /** Off unless it says so, in the words that the hub takes. */
  flag(name: string): boolean {
    const text = this.text(name, 'false');
    this.check(/^(1|true|yes|0|false|no)$/i.test(text), `${name} must be true or false, not "${text}"`);
    return /^(1|true|yes)$/i.test(text);
  }

  check(fine: boolean, problem: string): void {
    if (!fine) this.problems.push(problem);
  }
}

/**
 * Settings of the vision node from the environment and from what set-up found.
 * @param setupFile where set-up wrote what it found; absent is fine.
 * @throws ConfigError that lists every wrong setting.
 */
export function readConfig(env: Env, setupFile = SETUP_FILE): VisionConfig {
  const reader = new Reader(env);
  const setup = readSetup(setupFile);
  const dataDir = resolve(reader.text('OTKLIK_DATA_DIR', 'data'));
  const node = reader.text('OTKLIK_VISION_NODE', defaultName());
  const config: VisionConfig = {
    hubUrl: reader.text('OTKLIK_HUB_URL', 'http://127.0.0.1:8400'),
    token: reader.text('OTKLIK_VISION_TOKEN', ''),
    node,
    capacity: reader.text('OTKLIK_VISION_CAPACITY', 'auto') === 'auto' ? undefined : reader.number('OTKLIK_VISION_CAPACITY', 16, 1, 1000),
    mediaPort: reader.number('OTKLIK_MEDIA_PORT', 44400, 0, 65535),
    mediaIps: addresses(reader.text('OTKLIK_MEDIA_IPS', '')),
    localCameras: reader.flag('OTKLIK_LOCAL_CAMERAS'),
    fps: reader.number('OTKLIK_VISION_FPS', 5, 0.1, 60, false),
    peopleFps: reader.number('OTKLIK_VISION_PEOPLE_FPS', 2, 1, 5, false),
    threads: reader.number('OTKLIK_VISION_THREADS', Math.max(1, Math.min(MAX_THREADS, availableParallelism())), 1, 64),
    providers: providers(reader),
    smileAbove: reader.number('OTKLIK_SMILE_ABOVE', 0.5, 0, 1, false),
    frozenMs: 1000 * reader.number('OTKLIK_FROZEN_AFTER_S', 30, 2, 3600, false),
    outboxPath: join(dataDir, `vision-outbox-${node}.sqlite`),
    modelsDir: resolve(reader.text('OTKLIK_MODELS_DIR', setup.modelsDir ?? 'models')),
    models: ownModels(reader),
    workerBin: reader.text('MEDIASOUP_WORKER_BIN', setup.workerBin ?? '') || undefined,
    logLevel: reader.text('OTKLIK_LOG_LEVEL', 'info'),
  };
  reader.check(/^https?:$/.test(protocolOf(config.hubUrl)), `OTKLIK_HUB_URL must be an http or https address such as http://127.0.0.1:8400, not "${config.hubUrl}"`);
  reader.check(config.token.length > 0, 'OTKLIK_VISION_TOKEN is missing: pair a device of kind "vision" and put its token here');
  reader.check(/^[A-Za-z0-9._-]{1,64}$/.test(node), `OTKLIK_VISION_NODE may have letters, digits, ".", "_" and "-", 1 to 64 of them, not "${node}"`);
  reader.check(config.mediaIps.length > 0 && config.mediaIps.length <= 32 && config.mediaIps.every((ip) => isIP(ip) !== 0), 'OTKLIK_MEDIA_IPS must be IP addresses with commas between them');
  reader.check(config.models.faces !== undefined || existsSync(join(config.modelsDir, 'fr_detect.onnx')), `there are no models in ${config.modelsDir}: run "npm run setup" or set OTKLIK_MODELS_DIR`);
  reader.check(LEVELS.includes(config.logLevel), `OTKLIK_LOG_LEVEL must be one of ${LEVELS.join(', ')}`);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return config;
}

/** The settings as they may be shown: without secrets. */
export function maskedConfig(config: VisionConfig): Omit<VisionConfig, 'token'> & { token: string } {
  return { ...config, token: config.token ? '***' : '(missing)' };
}

function addresses(list: string): string[] {
  if (list !== '') return [...new Set(list.split(',').map((address) => address.trim()).filter(Boolean))];
  const found = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return ['127.0.0.1', ...found.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address)];
}

/** The setting that names the manifest of a model of one's own. */
export const modelSetting = (job: Job): string => `OTKLIK_${job.toUpperCase()}_MODEL`;

function ownModels(reader: Reader): OwnModels {
  const given = JOBS.flatMap((job) => { const path = reader.text(modelSetting(job), ''); return path === '' ? [] : [[job, resolve(path)] as const]; });
  return Object.fromEntries(given);
}

function providers(reader: Reader): string[] {
  const text = reader.text('OTKLIK_VISION_PROVIDERS', DEFAULT_PROVIDERS.join(','));
  try {
    return parseProviders(text);
  } catch (error) {
    reader.check(false, `OTKLIK_VISION_PROVIDERS: ${error instanceof Error ? error.message : String(error)}`);
    return [...DEFAULT_PROVIDERS];
  }
}

const defaultName = (): string => hostname().replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 64) || 'vision';
const protocolOf = (url: string): string => (URL.canParse(url) ? new URL(url).protocol : '');

function readSetup(file: string): { modelsDir?: string; workerBin?: string } {
  if (!existsSync(file)) return {};
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const { models, workerBin } = value as { models?: { dir?: unknown }; workerBin?: unknown };
  return { ...(typeof models?.dir === 'string' ? { modelsDir: models.dir } : {}), ...(typeof workerBin === 'string' ? { workerBin } : {}) };
}
