import { parseArgs } from 'node:util';
import { readHours, type Hours } from './schedule.ts';

/** What was asked for cannot be done; the message is for the person at the terminal. */
export class UsageError extends Error {}

export interface SimulatorArgs {
  hub: string;
  email: string;
  password: string;
  seed: number;
  speed: number;
  cameras: number;
  site: string;
  hours: Hours;
  /** Where tokens are kept between starts. */
  data: string;
  /** Folder of photographs for the cameras; null takes the one that setup fetched. */
  samples: string | null;
  quiet: boolean;
}

export const USAGE = `node simulators/main.ts --hub http://127.0.0.1:8400 --email <administrator> --password <password>
    [--seed 1] [--speed 1] [--cameras 3] [--site demo] [--hours 9-21] [--data data/simulator] [--samples <folder>] [--quiet]
  The password may also come in OTKLIK_SIMULATOR_PASSWORD.`;

const OPTIONS = {
  hub: { type: 'string', default: 'http://127.0.0.1:8400' }, email: { type: 'string' }, password: { type: 'string' },
  seed: { type: 'string', default: '1' }, speed: { type: 'string', default: '1' }, cameras: { type: 'string', default: '3' },
  site: { type: 'string', default: 'demo' }, hours: { type: 'string', default: '9-21' }, data: { type: 'string', default: 'data/simulator' },
  samples: { type: 'string' }, quiet: { type: 'boolean', default: false },
} as const;

/** @throws UsageError that names the wrong option and what it takes. */
export function readArgs(argv: string[], env: Record<string, string | undefined>): SimulatorArgs {
  const { values } = parse(() => parseArgs({ args: argv, options: OPTIONS, strict: true, allowPositionals: false }));
  const password = values.password ?? env['OTKLIK_SIMULATOR_PASSWORD'];
  if (values.email === undefined || values.email === '') throw new UsageError('--email is missing: the address of an administrator of the hub');
  if (password === undefined || password === '') throw new UsageError('--password is missing (or OTKLIK_SIMULATOR_PASSWORD)');
  if (!/^[a-z0-9][a-z0-9-]{0,63}$/.test(values.site)) throw new UsageError(`--site takes small letters, digits and hyphens, not "${values.site}"`);
  return {
    hub: hubUrl(values.hub), email: values.email, password, site: values.site,
    seed: number('seed', values.seed, 0, 2 ** 31, true), speed: number('speed', values.speed, 0.1, 100, false), cameras: number('cameras', values.cameras, 0, 20, true),
    hours: parse(() => readHours(values.hours)), data: values.data, samples: values.samples ?? null, quiet: values.quiet,
  };
}

/** The hub's address without a trailing slash. @throws UsageError */
export function hubUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError(`--hub takes an address such as http://127.0.0.1:8400, not "${text}"`);
  return url.origin;
}

function number(name: string, text: string, least: number, most: number, whole: boolean): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (!(value >= least && value <= most) || (whole && !Number.isInteger(value))) throw new UsageError(`--${name} takes ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}, not "${text}"`);
  return value;
}

/** Turns what a parser throws into a message for the terminal. @throws UsageError */
export function parse<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
