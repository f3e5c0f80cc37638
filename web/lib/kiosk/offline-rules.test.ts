import { expect, test } from 'vitest';
import { cachedPath, isAppPage, isConsolePage } from './offline-rules.ts';

test('kiosks, cameras and walls start without the hub', () => {
  for (const path of ['/kiosk', '/kiosk/new', '/kiosk/button-1', '/camera/cam-2', '/wall/w1', '/wall/w1/']) expect(isAppPage(path), path).toBe(true);
  for (const path of ['/', '/floor', '/devices', '/kiosk-evil', '/api/v1/me', '/kiosk/a/b', '/wallpaper']) expect(isAppPage(path), path).toBe(false);
});

test('so does the console, but not what needs the hub or is no page', () => {
  for (const path of ['/', '/floor', '/floor/', '/devices', '/shifts', '/map']) expect(isConsolePage(path), path).toBe(true);
  for (const path of ['/signin', '/setup', '/api', '/api/v1/session', '/ws', '/kiosk', '/wall', '/metrics', '/readyz', '/icon.svg', '/_app/version.json', '/floor/../api', '/FLOOR', '/a/b']) expect(isConsolePage(path), path).toBe(false);
});

test('what the hub computes is never kept, even if it were among the files', () => {
  const assets = ['/_app/immutable/a.js', '/_app/version.json', '/api/v1/events', '/ws', '/socket.io/', '/icon.svg'];
  expect(assets.filter((path) => cachedPath(path, assets))).toEqual(['/_app/immutable/a.js', '/icon.svg']);
  expect(cachedPath('/_app/immutable/unknown.js', assets)).toBe(false);
});
