import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { filesFromTgz } from './tar.mjs';

/** One ustar entry. */
function entry(name: string, content: string, { type = '0', prefix = '' } = {}): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(`${content.length.toString(8).padStart(11, '0')} `, 124);
  header.write(type, 156);
  header.write('ustar\0', 257);
  header.write(prefix, 345);
  const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
  body.write(content);
  return Buffer.concat([header, body]);
}

const tgz = (...entries: Buffer[]) => gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]));

test('takes the wanted files and no others', () => {
  const packed = tgz(entry('package/a', 'x'.repeat(513)), entry('package/b', ''), entry('package/c', 'third'));
  const files = filesFromTgz(packed, ['package/a', 'package/c', 'package/absent']);
  expect([...files].map(([name, bytes]) => [name, bytes.toString()])).toEqual([['package/a', 'x'.repeat(513)], ['package/c', 'third']]);
});

test('joins a long path that the format keeps in two parts', () => {
  const packed = tgz(entry('deep/file', 'found', { prefix: 'package/very/long' }));
  expect(filesFromTgz(packed, ['package/very/long/deep/file']).size).toBe(1);
});

test('passes over what is not a file', () => {
  const packed = tgz(entry('package/a', 'a longer comment', { type: 'x' }), entry('package/a', 'content'));
  expect(filesFromTgz(packed, ['package/a']).get('package/a')?.toString()).toBe('content');
});

test('a damaged download is an error, not an empty answer', () => {
  expect(() => filesFromTgz(Buffer.from('<html>Sign in to the proxy</html>'), ['package/a'])).toThrow();
});
