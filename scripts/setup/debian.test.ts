/** With stand-ins for dpkg-query and apt-get, so that the test installs nothing and needs no Debian. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { installDebianPackages, missingPackages } from './debian.mjs';

let folder: string;
const calls = () => fs.readFileSync(path.join(folder, 'calls'), 'utf8').trim().split('\n');

function standIn(name: string, script: string): void {
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'otklik-debian-'));
  // dpkg knows: "there" is installed, "removed" left its settings behind, any other name it never heard of.
  standIn('dpkg-query', 'case "$3" in there) printf installed;; removed) printf config-files;; *) exit 1;; esac');
  standIn('apt-get', `echo "$DEBIAN_FRONTEND $*" >> "${folder}/calls"`);
  vi.stubEnv('PATH', [folder, process.env['PATH']].join(path.delimiter));
  vi.spyOn(console, 'log').mockReturnValue();
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  fs.rmSync(folder, { recursive: true });
});

const asUser = (id: number) => vi.spyOn(process as { getuid(): number }, 'getuid').mockReturnValue(id);

test('a package that was removed but not purged is missing', async () => {
  expect(await missingPackages(['there', 'removed', 'unknown'])).toEqual(['removed', 'unknown']);
});

test('as root, the lists are refreshed once and only what is missing is installed', async () => {
  asUser(0);
  await installDebianPackages(['there', 'unknown'], 'test');
  await installDebianPackages(['removed'], 'test');
  expect(calls()).toEqual([
    'noninteractive -o DPkg::Lock::Timeout=300 update',
    'noninteractive -o DPkg::Lock::Timeout=300 install -y --no-install-recommends unknown',
    'noninteractive -o DPkg::Lock::Timeout=300 install -y --no-install-recommends removed',
  ]);
});

test('with nothing missing, apt is not asked', async () => {
  asUser(1000);
  await installDebianPackages(['there'], 'test');
  expect(fs.existsSync(path.join(folder, 'calls'))).toBe(false);
});

test('another user gets the command for an administrator', async () => {
  asUser(1000);
  await expect(installDebianPackages(['there', 'unknown'], 'build the media worker')).rejects.toMatchObject({
    message: expect.stringContaining('build the media worker'),
    advice: expect.stringContaining("sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends unknown'"),
  });
  expect(fs.existsSync(path.join(folder, 'calls'))).toBe(false);
});

test('when apt fails, its last words are handed on', async () => {
  asUser(0);
  standIn('apt-get', 'echo "E: Unable to locate package unknown" >&2; exit 100');
  await expect(installDebianPackages(['unknown'], 'test')).rejects.toMatchObject({ advice: expect.stringContaining('Unable to locate package unknown') });
});
