/**
 * Last step of the image's build: takes out of `node_modules` what only the web's build, the simulators and the tests
 * need, and Node itself, which the base image brings. Nothing runs set-up afterwards. Built-ins of Node only.
 */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Dependencies that no program of the image imports; scripts/deploy.test.ts holds this list against the sources. */
export const NOT_AT_RUN_TIME = [
  '@fontsource-variable/inter', '@inlang/paraglide-js', '@inlang/plugin-message-format', '@sveltejs/adapter-static', '@sveltejs/kit',
  '@sveltejs/vite-plugin-svelte', 'idb', 'mediasoup-client', 'svelte', 'uplot', 'uqr', 'vite', 'werift', 'werift-rtp',
];

/** onnxruntime-node brings its library for every system; one of them is this one. */
function dropForeignLibraries(root) {
  const bin = path.join(root, 'node_modules', 'onnxruntime-node', 'bin');
  for (const api of fs.readdirSync(bin)) {
    for (const platform of fs.readdirSync(path.join(bin, api))) {
      for (const arch of fs.readdirSync(path.join(bin, api, platform))) {
        if (platform !== process.platform || arch !== process.arch) fs.rmSync(path.join(bin, api, platform, arch), { recursive: true });
      }
    }
  }
}

function slim(root) {
  const file = path.join(root, 'package.json');
  const own = JSON.parse(fs.readFileSync(file, 'utf8'));
  for (const name of NOT_AT_RUN_TIME) delete own.dependencies[name];
  delete own.devDependencies;
  delete own.optionalDependencies;
  fs.writeFileSync(file, `${JSON.stringify(own, null, 2)}\n`);
  const { status } = spawnSync('npm', ['prune', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('npm could not take the packages out');
  dropForeignLibraries(root);
}

if (import.meta.main) slim(path.resolve(process.argv[2] ?? '.'));
