import fc from 'fast-check';
import { Receiver } from 'ws';
import { describe, expect, it } from 'vitest';
import { textFrame } from './frame.ts';

function read(frame: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const receiver = new Receiver({ isServer: false });
    receiver.on('message', (data: Buffer) => resolve(data.toString()));
    receiver.on('error', reject);
    receiver.write(frame);
  });
}

describe('textFrame', () => {
  it('is read back by an independent implementation, at every header size', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 300 }), async (text) => {
      expect(await read(textFrame(text))).toBe(text);
    }), { numRuns: 200 });
    for (const length of [0, 125, 126, 65_535, 65_536, 200_000]) expect(await read(textFrame('ж'.repeat(length / 2) + 'a'.repeat(length % 2)))).toHaveLength(Math.ceil(length / 2));
  });
});
