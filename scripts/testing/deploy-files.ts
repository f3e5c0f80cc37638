import fs from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../run-step.ts';

/** Readers of the files under deploy/, each just as far as those files go. */
export const DEPLOY = path.join(ROOT, 'deploy');
export const read = (name: string): string => fs.readFileSync(path.join(DEPLOY, name), 'utf8');

export interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  command?: string[];
  environment: Record<string, string>;
  networks?: string[];
  network_mode?: string;
  depends_on?: string[] | Record<string, { condition: string }>;
  volumes?: string[];
  tmpfs?: string[];
  ports?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  healthcheck?: { test?: string[]; disable?: boolean };
  stop_grace_period?: string;
}
export interface Compose { services: Record<string, Service>; networks: Record<string, { internal?: boolean } | null>; volumes: Record<string, null> }

/** `NAME=value` lines; with `commented`, those behind a `#` too, as somebody who takes the `#` away gets them. */
export function parseEnv(text: string, commented = false): Record<string, string> {
  const lines = text.split('\n').map((line) => (commented ? line.replace(/^#(?=[A-Z_]+=)/, '') : line));
  return Object.fromEntries(lines.flatMap((line) => {
    const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, value ?? '']];
  }));
}

const VARIABLE = /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** Names of the variables that a compose file asks for, and whether each has a default. */
export const variablesOf = (text: string): Map<string, { optional: boolean }> => new Map([...text.matchAll(VARIABLE)].filter(([, name]) => name !== undefined).map(([, name, kind]) => [name!, { optional: kind === '-' }]));

/** A compose file with `env` put in, as Docker Compose does it. @throws when a variable that is needed is empty. */
export function parseCompose(text: string, env: Record<string, string>): Compose {
  const filled = text.replace(VARIABLE, (whole, name?: string, kind?: string, rest = '') => {
    if (name === undefined) return whole === '$$' ? '$' : whole;
    const value = env[name] ?? '';
    if (value === '' && kind === '?') throw new Error(rest);
    return value === '' && kind === '-' ? rest : value;
  });
  const compose = parse(filled, { merge: true }) as Compose;
  // Docker puts values in after reading the YAML, so that they stay text; here they were part of it.
  for (const service of Object.values(compose.services)) service.environment = Object.fromEntries(Object.entries(service.environment ?? {}).map(([name, value]) => [name, String(value ?? '')]));
  return compose;
}

export interface Instruction { name: string; rest: string }

/** A Dockerfile's instructions with continued lines joined. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#')).join('\n').replace(/\\\n/g, ' ').split('\n');
  return lines.map((line) => line.trim()).filter(Boolean).map((line) => {
    const [name = '', ...rest] = line.split(/\s+/);
    return { name, rest: rest.join(' ') };
  });
}

/** Whether a path of the checkout gets into the image's build: the last matching line of .dockerignore decides. */
export function dockerContext(text: string): (file: string) => boolean {
  const rules = text.split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#')).map((line) => {
    const pattern = line.replace(/^!/, '').replace(/[.+^$()|[\]\\{}]/g, '\\$&').replace(/\*\*\//g, '\u0000').replace(/\*/g, '[^/]*').replaceAll('\u0000', '(?:.*/)?');
    return { keep: line.startsWith('!'), matches: new RegExp(`^${pattern}(?:/.*)?$`) };
  });
  return (file) => rules.reduce((kept, { keep, matches }) => (matches.test(file) ? keep : kept), true);
}

/** A systemd unit: section → key → values in order. */
export function parseUnit(text: string): Record<string, Record<string, string[]>> {
  const unit: Record<string, Record<string, string[]>> = {};
  let section: Record<string, string[]> | undefined;
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    const [, heading] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (heading !== undefined) section = (unit[heading] ??= {});
    else if (key !== undefined && section) (section[key] ??= []).push(value ?? '');
    else throw new Error(`a unit cannot have this line: ${line}`);
  }
  return unit;
}

/** The environment as an object that remembers which names were asked for. */
export function watched(env: Record<string, string>): { env: Record<string, string | undefined>; asked: Set<string> } {
  const asked = new Set<string>();
  return { asked, env: new Proxy(env, { get: (target, name) => { asked.add(String(name)); return Reflect.get(target, name) as string | undefined; } }) };
}
