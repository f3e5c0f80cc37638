/**
 * Loaded before a hub (`node --import ./server/preload.mjs server/main.ts`, as `npm start` does): types are erased and
 * code is compiled once, not at every start. Plain JavaScript, because the first TypeScript file that is not in the
 * cache loads the compiler, with its time and memory. Without it a hub runs the same and starts slower.
 */
import module from 'node:module';
import path from 'node:path';

const cache = path.resolve(process.env.OTKLIK_DATA_DIR || 'data', 'cache', 'compiled');
// A cache that cannot be written is only a slower start.
module.enableCompileCache(cache);
// For the hub's threads and children, which read it at their own start.
process.env.NODE_COMPILE_CACHE ??= cache;
