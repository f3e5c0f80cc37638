/**
 * `npm run demo`: a hub with a vision node and a shop that lives, on this machine. Options: `--for <seconds>` stops by
 * itself, `--quiet` prints only what went wrong. `OTKLIK_PORT` and `OTKLIK_DATA_DIR` are respected.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { HUB_FLAGS } from '../server/start-flags.ts';

const ROOT = path.join(import.meta.dirname, '..');
const HUB = 'server/main.ts';
const EMAIL = 'admin@demo.local';
const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;
const TAIL_LINES = 8;

/** Ends the demo with a line for the person at the terminal. */
class DemoError extends Error {}

interface Options { seconds: number | null; quiet: boolean; port: number; data: string }

function readOptions(): Options {
  let values: { for?: string | undefined; quiet?: boolean | undefined };
  try {
    ({ values } = parseArgs({ options: { for: { type: 'string' }, quiet: { type: 'boolean' } }, strict: true }));
  } catch (error) {
    throw new DemoError(`${(error as Error).message}\nnpm run demo -- [--for <seconds>] [--quiet]`);
  }
  const seconds = values.for === undefined ? null : Number(values.for);
  if (seconds !== null && !(seconds > 0 && seconds <= 30 * 86_400)) throw new DemoError(`--for takes a number of seconds, not "${values.for}"`);
  const port = Number(process.env['OTKLIK_PORT'] ?? 8400);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new DemoError(`OTKLIK_PORT must be a port from 1 to 65535, not "${process.env['OTKLIK_PORT']}"`);
  return { seconds, quiet: values.quiet ?? false, port, data: path.resolve(process.env['OTKLIK_DATA_DIR'] ?? path.join(ROOT, 'data', 'demo')) };
}

/** The administrator's password: made at the first start, kept so that only this user can read it. */
function keptPassword(data: string): string {
  const file = path.join(data, 'password');
  if (fs.existsSync(file)) {
    const password = fs.readFileSync(file, 'utf8').trim();
    if (password.length >= 10) return password;
  }
  const password = randomBytes(9).toString('base64url');
  fs.mkdirSync(data, { recursive: true });
  fs.writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}

/** Without this a hub that runs there already would be taken for ours. */
async function demandFreePort(port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => reject(new DemoError(error.code === 'EADDRINUSE'
      ? `Port ${port} is taken by another program. Stop it, or choose another port: OTKLIK_PORT=8500 npm run demo`
      : `Port ${port} cannot be used (${error.code}). Choose another: OTKLIK_PORT=8500 npm run demo`)));
    probe.listen(port, process.env['OTKLIK_HOST'] ?? '0.0.0.0', () => probe.close(() => resolve()));
  });
}

interface Running { name: string; child: ChildProcess; ended: Promise<string> }

/** Starts a program of this project; its output goes to the log file. `ended` tells how it ended. */
function run(name: string, script: string, args: string[], env: Record<string, string>, log: number): Running {
  const child = spawn(process.execPath, [...(script === HUB ? HUB_FLAGS : []), path.join(ROOT, script), ...args], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ['ignore', log, log, 'ipc'] });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`));
  });
  return { name, child, ended };
}

async function untilReady(url: string, hub: Running): Promise<void> {
  let failure: string | undefined;
  void hub.ended.then((how) => { failure = how; });
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline;) {
    if (failure !== undefined) throw new DemoError(`The hub ${failure}.`);
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new DemoError(`The hub was not ready within ${READY_WITHIN_MS / 1000} s.`);
}

/** What the simulator says when the shop plays. */
function untilPlaying(simulator: Running): Promise<{ wallPath: string }> {
  return new Promise((resolve, reject) => {
    simulator.child.on('message', (message: { type?: unknown; wallPath?: unknown }) => {
      if (message.type === 'ready' && typeof message.wallPath === 'string') resolve({ wallPath: message.wallPath });
    });
    void simulator.ended.then((how) => reject(new DemoError(`The simulator ${how}.`)));
  });
}

async function stop(running: readonly Running[]): Promise<void> {
  const force = setTimeout(() => { for (const { child } of running) child.kill('SIGKILL'); }, STOP_WITHIN_MS);
  for (const { child } of [...running].reverse()) {
    // A parent's IPC channel keeps both processes alive; the hub takes its loss for nothing.
    if (child.connected) child.disconnect();
    child.kill('SIGTERM');
  }
  await Promise.all(running.map(({ ended }) => ended));
  clearTimeout(force);
}

function networkAddress(): string | undefined {
  return Object.values(os.networkInterfaces()).flat().find((one) => one !== undefined && one.family === 'IPv4' && !one.internal)?.address;
}

function box(lines: readonly string[]): string {
  const width = Math.max(...lines.map((line) => line.length));
  const edge = '─'.repeat(width + 2);
  return [`┌${edge}┐`, ...lines.map((line) => `│ ${line.padEnd(width)} │`), `└${edge}┘`].join('\n');
}

function welcome({ port, data }: Options, url: string, password: string, wallPath: string): string {
  const outside = networkAddress();
  return [
    box([
      'Отклик работает · Otklik is running',
      '',
      `Адрес · Address        ${url}`,
      `Почта · E-mail         ${EMAIL}`,
      `Пароль · Password      ${password}`,
      '',
      'Что будет: посетители приходят и уходят, на кассах пробивают чеки, люди нажимают',
      'кнопки; в течение минуты на Кассе 3 кто-то нажмёт красную — она встанет первой в зале.',
      'Камеры снимают нарисованный зал с лицами с фотографий: сколько лиц читается, видно на',
      'странице «Камеры», а страница «Настроение» наполняется каждую четверть часа.',
      'Смену за планшетом играют anna@demo.local и boris@demo.local с тем же паролем.',
      'What happens: visitors come and go, tills ring up receipts, people press buttons; within',
      'a minute somebody at till 3 («Касса 3») presses red, and it leads the floor page.',
      'The cameras show a drawn room with faces from photographs: how many are read stands on',
      'Cameras, and Mood fills every quarter of an hour. Two people of the shift with the same',
      'password: anna@demo.local and boris@demo.local.',
      '',
      'Стоп · Stop            Ctrl+C',
    ]),
    `Монитор в зале · Wall monitor:  ${url}${wallPath}`,
    `Своя кнопка · A button of your own:  ${outside === undefined ? url : `http://${outside}:${port}`}/kiosk`,
    `Журнал · Log:  ${path.join(data, 'demo.log')}`,
    '',
  ].join('\n');
}

function tail(file: string): string {
  if (!fs.existsSync(file)) return '';
  const lines = fs.readFileSync(file, 'utf8').trim().split('\n').slice(-TAIL_LINES);
  return `\nThe end of ${file}:\n${lines.map((line) => `  ${line.slice(0, 400)}`).join('\n')}`;
}

async function demo(options: Options, running: Running[], stopped: Promise<void>): Promise<void> {
  const { port, data, seconds, quiet } = options;
  const url = `http://localhost:${port}`;
  await demandFreePort(port);
  const password = keptPassword(data);
  const log = fs.openSync(path.join(data, 'demo.log'), 'w', 0o600);
  const say = (text: string): void => { if (!quiet) console.log(text); };

  say('Starting the hub …');
  const hub = run('hub', HUB, [], { OTKLIK_PORT: String(port), OTKLIK_DATA_DIR: data, OTKLIK_ADMIN_EMAIL: EMAIL, OTKLIK_ADMIN_PASSWORD: password, OTKLIK_LOG_LEVEL: process.env['OTKLIK_LOG_LEVEL'] ?? 'warn' }, log);
  running.push(hub);
  const ready = await Promise.race([untilReady(url, hub), stopped.then(() => 'stopped' as const)]);
  if (ready === 'stopped') return;

  say('Filling in the day so far …');
  const simulator = run('simulator', 'simulators/main.ts', ['--hub', `http://127.0.0.1:${port}`, '--email', EMAIL, '--data', data], { OTKLIK_SIMULATOR_PASSWORD: password }, log);
  running.push(simulator);
  const fails = (one: Running): Promise<never> => one.ended.then((how) => { throw new DemoError(`The ${one.name} ${how}.`); });
  const anyFails = Promise.race([fails(hub), fails(simulator)]);
  anyFails.catch(() => undefined);
  const playing = await Promise.race([untilPlaying(simulator), stopped, anyFails]);
  if (!playing) return;
  say(welcome(options, url, password, playing.wallPath));
  const timer = seconds === null ? undefined : setTimeout(() => process.emit('SIGTERM'), seconds * 1_000);
  await Promise.race([stopped, anyFails]);
  clearTimeout(timer);
}

async function main(): Promise<number> {
  const running: Running[] = [];
  let options: Options | undefined;
  try {
    options = readOptions();
    let asked = (): void => undefined;
    const stopped = new Promise<void>((resolve) => { asked = resolve; });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => asked());
    await demo(options, running, stopped);
    if (!options.quiet) console.log('\nStopping …');
    await stop(running);
    return 0;
  } catch (error) {
    await stop(running);
    if (!(error instanceof DemoError)) throw error;
    console.error(`${error.message}${options && running.length > 0 ? tail(path.join(options.data, 'demo.log')) : ''}`);
    return 1;
  }
}

process.exit(await main());
