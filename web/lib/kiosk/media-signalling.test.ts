import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SignallingError } from './camera-publisher.ts';
import { readAck } from './media-signalling.ts';

test('an acknowledgement gives its data, a refusal its code', () => {
  expect(readAck({ ok: true, data: { id: 'x' } })).toEqual({ id: 'x' });
  expect(() => readAck({ ok: false, code: 'no_vision_node', message: 'none' })).toThrow(expect.objectContaining({ code: 'no_vision_node' }));
});

test('rubbish is a refusal, never an answer', () => {
  fc.assert(fc.property(fc.anything().filter((value) => (value as { ok?: unknown } | null)?.ok !== true), (value) => {
    expect(() => readAck(value)).toThrow(SignallingError);
  }), { seed: 20269 });
});
