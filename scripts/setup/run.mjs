/** Runs commands: output kept in a log and not on the screen, time bounded, npm's leavings cleaned away. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const KEPT_LINES = 20;

/**
 * Settings that say how to reach the registry; everything else that `npm run` puts into the environment
 * (its own options, this package's fields) would leak into the npm that we start and change what it does.
 */
const NETWORK_SETTING = /^npm_config_(registry|proxy|https?[-_]proxy|noproxy|cafile|ca|strict[-_]ssl|cache|userconfig|globalconfig|fetch.*|@.*|\/\/.*)$/i;

/** The environment without what `npm run` added, and without our own node_modules/.bin in PATH. */
export function plainEnvironment(root, extra = {}) {
  const kept = Object.entries(process.env).filter(([key]) =>
    !/^(npm_|INIT_CWD$)/i.test(key) || NETWORK_SETTING.test(key));
  const env = Object.fromEntries(kept);
  // `npm ci` deletes node_modules, and must not run on the Node that lies in there.
  const bin = path.join(root, 'node_modules', '.bin');
  const pathKey = Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  env[pathKey] = (env[pathKey] ?? '').split(path.delimiter).filter((folder) => path.resolve(folder) !== bin).join(path.delimiter);
  return { ...env, ...extra };
}

/**
 * Runs a command to its end.
 * @param options.logFile gets everything that it prints
 * @param options.timeoutMs it is killed after this long
 * @param options.signal an AbortSignal that kills it too
 * @returns `{code, tail, stdout}`: the exit code (null when killed or not found), the last lines, all of stdout
 */
export function run(command, args, { cwd, env, logFile, timeoutMs, signal } = {}) {
  return new Promise((resolve) => {
    // npm is a .cmd file on Windows, which only a shell starts.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: timeoutMs, killSignal: 'SIGKILL', signal, shell: process.platform === 'win32' && command === 'npm' });
    const log = openLog(logFile, `$ ${command} ${args.join(' ')}\n`);
    const tail = new Tail();
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text; tail.add(text); log.write(text); });
    child.stderr.setEncoding('utf8').on('data', (text) => { tail.add(text); log.write(text); });
    let failure;
    child.on('error', (error) => { failure = error; });
    child.on('close', (code) => {
      if (failure) tail.add(`${failure.message}\n`);
      log.close();
      resolve({ code: failure ? null : code, tail: tail.lines(), stdout });
    });
  });
}

/** A run that has something to log starts the file anew; one that finds everything ready leaves the last one's. */
let logStarted = false;

function openLog(logFile, header) {
  if (!logFile) return { write() {}, close() {} };
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const handle = fs.openSync(logFile, logStarted ? 'a' : 'w');
  logStarted = true;
  fs.writeSync(handle, header);
  return { write: (text) => fs.writeSync(handle, text), close: () => fs.closeSync(handle) };
}

/** True when something of this run is in the log. */
export const hasLogged = () => logStarted;

/** What npm says went wrong, without its hints about its own log: a few lines, for people. */
export const npmErrors = (tail) => tail.filter((line) => /^npm error (?!A complete log)\S/.test(line)).slice(0, 4);

/** The last lines of an output: what a person needs to see of a failed command. */
class Tail {
  #text = '';

  add(text) {
    this.#text = (this.#text + text).slice(-8000);
  }

  lines() {
    return this.#text.trimEnd().split('\n').slice(-KEPT_LINES);
  }
}
