import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { EMOTIONS, type Emotion } from '../../contract/index.ts';
import { emotionOf } from '../measure/manifest.ts';

/** A picture that somebody has labelled. */
export interface Labelled { file: string; label: Emotion; /** Such as an age band, to see whether a model serves all alike. */ group: string | null }

/** What was asked for cannot be measured; the message says why and what to change. */
export class EvalError extends Error {
  override readonly name = 'EvalError';
}

const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.webp']);
const MAX_PICTURES = 200_000;
const MAX_CSV_BYTES = 64 * 1024 * 1024;
const KNOWN = `${EMOTIONS.join(', ')} (or names such as anger, happiness, surprised)`;

/**
 * Labelled pictures: a folder with one folder for each class, or a CSV with the columns `file`, `label` and, if there
 * are groups, `group`. Files of a CSV are found from where it lies.
 * @throws EvalError when there is nothing there, a class is unknown, or a class has no picture.
 */
export function readLabels(path: string): Labelled[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new EvalError(`${path} does not exist`);
  const pictures = found.isDirectory() ? fromFolder(path) : fromCsv(path, found.size);
  if (pictures.length > MAX_PICTURES) throw new EvalError(`${path} has ${pictures.length} pictures, at most ${MAX_PICTURES} are measured at once`);
  return pictures;
}

function fromFolder(path: string): Labelled[] {
  const folders = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  if (folders.length === 0) throw new EvalError(`${path} must have one folder for each class: ${KNOWN}`);
  return folders.flatMap((name) => {
    const label = labelOf(name, join(path, name));
    const files = readdirSync(join(path, name)).filter((file) => PICTURES.has(extname(file).toLowerCase())).sort();
    if (files.length === 0) throw new EvalError(`${join(path, name)} has no pictures (${[...PICTURES].join(', ')}): fill it or take it away`);
    return files.map((file) => ({ file: join(path, name, file), label, group: null }));
  });
}

function fromCsv(path: string, bytes: number): Labelled[] {
  if (extname(path).toLowerCase() !== '.csv') throw new EvalError(`${path} is neither a folder nor a .csv file`);
  if (bytes > MAX_CSV_BYTES) throw new EvalError(`${path} is larger than ${MAX_CSV_BYTES} bytes`);
  const [header, ...rows] = readFileSync(path, 'utf8').replace(/^\uFEFF/, '').split(/\r?\n/).map(cells);
  const column = (name: string): number => (header ?? []).findIndex((cell) => cell.trim().toLowerCase() === name);
  const [file, label, group] = [column('file'), column('label'), column('group')] as const;
  if (file < 0 || label < 0) throw new EvalError(`${path} must begin with a line that names the columns: file,label or file,label,group`);
  const pictures = rows.flatMap((row, i): Labelled[] => {
    const name = row[file]?.trim() ?? '';
    if (row.every((cell) => cell.trim() === '')) return [];
    if (name === '') throw new EvalError(`${path}, line ${i + 2}: there is no file`);
    const place = isAbsolute(name) ? name : resolve(dirname(path), name);
    return [{ file: place, label: labelOf(row[label]?.trim() ?? '', `${path}, line ${i + 2}`), group: (group >= 0 && row[group]?.trim()) || null }];
  });
  if (pictures.length === 0) throw new EvalError(`${path} names no pictures`);
  return pictures;
}

function labelOf(name: string, place: string): Emotion {
  const label = emotionOf(name);
  if (!label) throw new EvalError(`${place}: "${name.slice(0, 60)}" is no class that is known: ${KNOWN}`);
  return label;
}

/** Cells of one line (RFC 4180, without line breaks inside quotes). */
function cells(line: string): string[] {
  const found: string[] = [];
  for (const match of line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)) found.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
  return found;
}
