import { expect, test, vi } from 'vitest';
import { hubHasOtherVersion, isOtherVersion } from './version.ts';

test('only a version that is another one means a reload', () => {
  expect(isOtherVersion('1', { version: '2' })).toBe(true);
  for (const body of [{ version: '1' }, { version: '' }, { version: 2 }, {}, null, 'version', []]) expect(isOtherVersion('1', body)).toBe(false);
});

test('no answer, an error page and a broken answer never cause a reload', async () => {
  vi.spyOn(console, 'info').mockImplementation(() => undefined);
  expect(await hubHasOtherVersion('1', async () => { throw new TypeError('no network'); })).toBe(false);
  expect(await hubHasOtherVersion('1', async () => new Response('{"version":"2"}', { status: 503 }))).toBe(false);
  expect(await hubHasOtherVersion('1', async () => new Response('<html>'))).toBe(false);
  expect(await hubHasOtherVersion('1', async () => new Response('{"version":"2"}'))).toBe(true);
});
