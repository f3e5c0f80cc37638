/** What set-up says: one line a step, in plain words, and on failure what to do next. */

const DEBUG = process.env.OTKLIK_DEBUG === '1';
const TITLE_WIDTH = 11;

/** A failure that a person can act on: `message` says what is wrong, `advice` what to do about it. */
export class SetupError extends Error {
  constructor(message, advice, options) {
    super(message, options);
    this.name = 'SetupError';
    this.advice = advice;
  }
}

/** A line under the running step, for work that takes long enough to make one wonder. */
export function note(text) {
  console.log(`  ${''.padEnd(TITLE_WIDTH)} … ${text}`);
}

/**
 * Runs one step and prints its line: title, result and, from a second on, the time it took.
 * @param work async function that gives back the text of the line
 */
export async function step(title, work) {
  const started = performance.now();
  const result = await work();
  const seconds = (performance.now() - started) / 1000;
  console.log(`  ${title.padEnd(TITLE_WIDTH)} ${result}${seconds >= 1 ? ` (${duration(seconds)})` : ''}`);
}

export const duration = (seconds) =>
  seconds < 90 ? `${seconds.toFixed(seconds < 10 ? 1 : 0)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

/**
 * Prints why set-up stopped. A stack trace is for developers and only shown with OTKLIK_DEBUG=1.
 * @param logFile where the commands' output is; undefined when no command ran
 */
export function explain(error, logFile) {
  const lines = error instanceof SetupError
    ? [`Set-up stopped: ${error.message}`, ...error.advice.split('\n').map((line) => `  ${line}`)]
    : [`Set-up stopped at something unexpected: ${error.message}`, '  Run it once more; if it stops here again, run it with OTKLIK_DEBUG=1 and show the output to a developer.'];
  if (logFile) lines.push(`  Full output of the commands: ${logFile}`);
  console.error(`\n${lines.join('\n')}\n`);
  if (DEBUG) console.error(error);
}
