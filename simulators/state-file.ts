import fs from 'node:fs';
import path from 'node:path';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';

const Secret = Type.Object({ id: Type.String(), token: Type.String() });
const State = Type.Object({ hub: Type.String(), site: Type.String(), devices: Type.Record(Type.String(), Secret), wall: Type.Union([Secret, Type.Null()]) });
/** What the simulator keeps between starts: the tokens that a hub shows only once. */
export type State = Static<typeof State>;

const validator = Compile(State);

/** The state for this hub and site; an empty one when the file is missing, unreadable or about another hub. */
export function readState(file: string, hub: string, site: string): State {
  const empty: State = { hub, site, devices: {}, wall: null };
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return empty;
    throw error;
  }
  try {
    const state: unknown = JSON.parse(text);
    return validator.Check(state) && state.hub === hub && state.site === site ? state : empty;
  } catch {
    return empty;
  }
}

/** Writes the state so that only its owner can read it, whole or not at all. */
export function writeState(file: string, state: State): void {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
  const partial = `${file}.part`;
  fs.writeFileSync(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  fs.renameSync(partial, file);
}
