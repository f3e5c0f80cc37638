import { expect, it } from 'vitest';
import { rtspAddress } from './address.ts';

it.each([
  ['rtsp://192.168.1.20:554/stream1', '', '', 'rtsp://192.168.1.20:554/stream1'],
  ['  RTSPS://cam.local/a?x=1 ', 'admin', 'p@ss/word:1', 'rtsps://admin:p%40ss%2Fword%3A1@cam.local/a?x=1'],
  ['rtsp://old:secret@cam.local/a', '', '', 'rtsp://old:secret@cam.local/a'],
  ['rtsp://old:se@cret@cam.local/a', 'new', '', 'rtsp://new@cam.local/a'],
  ['http://cam.local/a', '', '', null], ['rtsp://', 'a', 'b', null], ['rtsp://a b/c', '', '', null], ['', '', '', null],
])('%s of %s', (address, user, password, whole) => {
  expect(rtspAddress(address, user, password)).toBe(whole);
});
