import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { filesOf, type Manifest } from '../web/testing/first-load.ts';

/**
 * How much a tablet loads, compressed, until the floor stands on its screen: sign-in page, console, floor page with
 * its charts, styles and the two fonts that Russian and English text loads. Run after `vite build`.
 *
 * `node scripts/web-budget.ts` prints each file and fails above the budget.
 */
const BUDGET_BYTES = 170_000;
const ROUTES = ['+layout.svelte', '(door)/+layout.svelte', '(door)/signin/+page.svelte', '(console)/+layout.svelte', '(console)/floor/+page.svelte'];
/** Loaded by text that is on every page; the others only by letters outside Russian and English. */
const FONTS = /inter-text-(latin|cyrillic)[^/]*\.woff2$/;

const root = path.resolve(import.meta.dirname, '..');
const built = path.join(root, 'build/web');
const manifestPath = path.join(root, '.svelte-kit/output/client/.vite/manifest.json');
const nodesDir = '.svelte-kit/generated/client-optimized/nodes';

/** Manifest keys of the nodes that hold the wanted routes' components. */
function nodeKeys(): string[] {
  const files = readdirSync(path.join(root, nodesDir)).filter((name) => name.endsWith('.js'));
  return ROUTES.map((route) => {
    const node = files.find((name) => readFileSync(path.join(root, nodesDir, name), 'utf8').includes(`/web/routes/${route}"`));
    if (!node) throw new Error(`no page is built from web/routes/${route}`);
    return `${nodesDir}/${node}`;
  });
}

/** Bytes as the hub sends them: the brotli file beside it, or the file itself where it is compressed already. */
function sentBytes(file: string): number {
  const full = path.join(built, file);
  return statSync(existsSync(`${full}.br`) ? `${full}.br` : full).size;
}

if (!existsSync(manifestPath) || !existsSync(path.join(built, 'index.html'))) {
  console.error('The pages are not built. Run `npx vite build` first.');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as Manifest;
const entries = Object.keys(manifest).filter((key) => manifest[key]?.isEntry && !key.includes('/nodes/') && !key.includes('service-worker'));
const plot = Object.keys(manifest).filter((key) => /uplot/i.test(key));
const files = ['index.html', 'icon.svg', ...filesOf(manifest, [...entries, ...plot, ...nodeKeys()], FONTS)];
const sizes = files.map((file) => ({ file, bytes: sentBytes(file) })).sort((a, b) => b.bytes - a.bytes);
const total = sizes.reduce((sum, one) => sum + one.bytes, 0);

for (const { file, bytes } of sizes) console.log(String(bytes).padStart(8), file);
console.log(`${String(total).padStart(8)} bytes compressed from sign-in to the floor, budget ${BUDGET_BYTES}`);
if (total > BUDGET_BYTES) process.exit(1);
