import { statSync, readFileSync } from 'node:fs';
import { ClipError } from './clip.ts';
import type { TimedCrossing } from './compare.ts';

const MOST_BYTES = 2 * 1024 * 1024;

/**
 * A person's count: a line for each crossing, `time,direction`: time from the beginning of the clip in seconds, mm:ss or
 * hh:mm:ss (parts of seconds allowed), direction in or out. A heading and empty lines are passed over.
 * @throws ClipError that names the line.
 */
export function readTruth(path: string): TimedCrossing[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) throw new ClipError(`there is no file ${path}`);
  if (found.size > MOST_BYTES) throw new ClipError(`${path}: a count has at most ${MOST_BYTES} bytes`);
  return parseTruth(readFileSync(path, 'utf8'), path);
}

export function parseTruth(text: string, name: string): TimedCrossing[] {
  const crossings: TimedCrossing[] = [];
  for (const [index, line] of text.replace(/^\uFEFF/, '').split(/\r?\n/).entries()) {
    const cells = line.split(/[,;\t]/).map((cell) => cell.trim());
    if (line.trim() === '' || (index === 0 && cells[0]!.toLowerCase() === 'time')) continue;
    const seconds = secondsOf(cells[0]!);
    const direction = (cells[1] ?? '').toLowerCase();
    if (seconds === undefined) throw new ClipError(`${name}, line ${index + 1}: "${cells[0]!.slice(0, 40)}" is no time; write seconds, mm:ss or hh:mm:ss`);
    if (direction !== 'in' && direction !== 'out') throw new ClipError(`${name}, line ${index + 1}: the direction must be in or out`);
    crossings.push({ at: seconds * 1000, inward: direction === 'in' });
  }
  return crossings;
}

function secondsOf(text: string): number | undefined {
  if (!/^(\d{1,3}:)?(\d{1,3}:)?\d{1,6}(\.\d{1,6})?$/.test(text)) return undefined;
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}
