import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { plainEnvironment, run } from './run.mjs';

afterEach(() => vi.unstubAllEnvs());

test("npm's own variables go, how to reach the registry stays", () => {
  vi.stubEnv('npm_config_local_prefix', '/somewhere');
  vi.stubEnv('npm_lifecycle_event', 'predemo');
  vi.stubEnv('npm_config_ignore_scripts', 'true');
  vi.stubEnv('npm_config_https_proxy', 'http://proxy:3128');
  vi.stubEnv('NPM_CONFIG_REGISTRY', 'http://mirror/');
  const env = plainEnvironment('/shop');
  expect(env).toMatchObject({ npm_config_https_proxy: 'http://proxy:3128', NPM_CONFIG_REGISTRY: 'http://mirror/' });
  expect(Object.keys(env)).not.toEqual(expect.arrayContaining(['npm_lifecycle_event']));
  expect(env['npm_config_local_prefix'] ?? env['npm_config_ignore_scripts']).toBeUndefined();
});

test('the Node inside node_modules is not the one that npm runs on', () => {
  vi.stubEnv('PATH', ['/shop/node_modules/.bin', '/usr/bin'].join(path.delimiter));
  expect(plainEnvironment('/shop')['PATH']).toBe('/usr/bin');
});

test('a command that is not there is an answer, not an exception', async () => {
  expect(await run('otklik-no-such-command', [])).toMatchObject({ code: null, tail: [expect.stringContaining('ENOENT')] });
});

test('a command that hangs is ended', async () => {
  const { code } = await run(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 200 });
  expect(code).toBeNull();
});
