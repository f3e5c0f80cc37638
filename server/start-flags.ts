import { pathToFileURL } from 'node:url';
import path from 'node:path';

/**
 * Node's options for a hub, as `npm start` has them: compiled code is kept, and the young generation of the heap stays
 * small, because a hub that mostly waits would otherwise hold tens of megabytes of it; what the start left behind is given
 * back once (`--expose-gc`, see main.ts).
 */
export const HUB_FLAGS: readonly string[] = ['--max-semi-space-size=1', '--expose-gc', '--import', pathToFileURL(path.join(import.meta.dirname, 'preload.mjs')).href];
