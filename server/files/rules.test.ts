import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { audioFlaw, FILE_TYPES, namedType, rangeOf, typeOf, type AudioType } from './rules.ts';
import { mp4, ogg, picture, wav, webm, zip } from './testing/made-files.ts';

const SEED = 40_817;
const SOUNDS: [AudioType, () => Buffer][] = [['audio/wav', wav], ['audio/ogg', ogg], ['audio/mp4', mp4], ['audio/webm', webm], ['audio/webm', () => webm('A_OPUS', 'known')]];

describe('typeOf', () => {
  it.each(SOUNDS)('knows %s', (type, make) => expect(typeOf(make())).toBe(type));
  it.each(['jpeg', 'png', 'webp'] as const)('knows a picture of %s', async (format) => expect(typeOf(await picture(format))).toBe(`image/${format}`));

  it.each([
    ['HEIC in the same box as MP4', mp4('soun', 'heic')], ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')], ['HTML', Buffer.from('<!doctype html><script>1</script>')],
    ['PDF', Buffer.from('%PDF-1.7 and more of it')], ['GIF', Buffer.from('GIF89a____________')], ['a program', Buffer.from('\x7fELF____________', 'latin1')], ['a ZIP', zip()],
    ['Matroska', Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3]), Buffer.from('matroska____________')])], ['nothing', Buffer.alloc(0)], ['fifteen bytes', (wav()).subarray(0, 15)],
  ])('does not take %s', (_what, bytes) => expect(typeOf(bytes)).toBeUndefined());

  it(`never throws, whatever the bytes (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => { typeOf(Buffer.from(bytes)); }), { seed: SEED });
  });
});

describe('audioFlaw', () => {
  it.each(SOUNDS)('finds none in a whole %s', (type, make) => expect(audioFlaw(type, make())).toBeUndefined());

  it('takes WAV of a recorder that did not know how long it would be, and with chunks before the format', () => {
    const streamed = wav();
    streamed.writeUInt32LE(0xffff_ffff, 4);
    expect(audioFlaw('audio/wav', streamed)).toBeUndefined();
    const plain = wav();
    const junk = Buffer.concat([plain.subarray(0, 12), Buffer.from('JUNK\x04\0\0\0____', 'latin1'), plain.subarray(12)]);
    junk.writeUInt32LE(junk.length - 8, 4);
    expect(audioFlaw('audio/wav', junk)).toBeUndefined();
  });

  it.each(SOUNDS)('finds a ZIP behind %s, also with a comment', (type, make) => {
    for (const tail of [zip(), zip('x'.repeat(40_000))]) expect(audioFlaw(type, Buffer.concat([make(), tail]))).toMatch(/something else besides/);
  });

  it.each(SOUNDS.filter(([type], i) => type !== 'audio/webm' || i === 4))('finds a page behind %s that says how long it is', (type, make) => {
    expect(audioFlaw(type, Buffer.concat([make(), Buffer.from('<script>alert(1)</script>')]))).toMatch(/something else besides/);
  });

  it.each(SOUNDS.filter(([type], i) => type !== 'audio/webm' || i === 4))('finds that %s was cut off', (type, make) => {
    expect(audioFlaw(type, make().subarray(0, -5))).toMatch(/cut off/);
  });

  it('finds video', () => {
    expect(audioFlaw('audio/mp4', mp4('vide'))).toMatch(/a picture/);
    expect(audioFlaw('audio/webm', webm('V_VP8'))).toMatch(/a picture/);
  });

  it(`never throws on damaged recordings (seed ${SEED})`, () => {
    fc.assert(fc.property(fc.constantFrom(...SOUNDS), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }), fc.nat(700), ([type, make], changes, length) => {
      const bytes = make().subarray(0, Math.max(16, length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      audioFlaw(type, bytes);
    }), { seed: SEED });
  });
});

it('reads the type that a header names', () => {
  for (const type of FILE_TYPES) expect(namedType(type)).toBe(type);
  expect(['audio/webm;codecs=opus', 'AUDIO/WEBM ; codecs="opus"', 'audio/x-wav', 'image/jpg'].map(namedType)).toEqual(['audio/webm', 'audio/webm', 'audio/wav', 'image/jpeg']);
  expect([undefined, '', 'text/html', 'image/svg+xml', 'application/octet-stream', '__proto__', 'constructor', 'audio/webm2'].map(namedType).filter((type) => type !== undefined)).toEqual([]);
});

describe('rangeOf', () => {
  it.each([
    ['bytes=0-', { from: 0, to: 99 }], ['bytes=0-9', { from: 0, to: 9 }], ['bytes=90-200', { from: 90, to: 99 }], ['bytes=-10', { from: 90, to: 99 }], ['bytes=-1000', { from: 0, to: 99 }], ['bytes=99-99', { from: 99, to: 99 }],
    ['bytes=100-', 'unsatisfiable'], ['bytes=-0', 'unsatisfiable'], ['bytes=999999999999999-', 'unsatisfiable'],
    [undefined, 'none'], ['', 'none'], ['bytes=-', 'none'], ['bytes=5-2', 'none'], ['bytes=0-1,5-6', 'none'], ['lines=0-1', 'none'], ['bytes=a-b', 'none'], ['bytes=1e3-', 'none'], ['bytes=9999999999999999-', 'none'],
  ] as const)('%s of a hundred bytes', (header, expected) => expect(rangeOf(header, 100)).toEqual(expected));

  it('of nothing', () => expect(rangeOf('bytes=-5', 0)).toBe('unsatisfiable'));
});
