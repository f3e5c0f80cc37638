import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../store/store.ts';
import { hubEvent, keyedUlid, LogEvent } from './event.ts';

describe('LogEvent', () => {
  it('parses to the same event whether or not the appender had the body at hand', () => {
    const body = { value: 1, scale: 4, factor: 'a "quoted" reason' };
    const event: NewEvent = { id: '01JD0000000000000000000000', type: 'feedback.rated', site: 'shop', at: 5, device: 'button', touchpoint: null, skew: 0, body: JSON.stringify(body) };
    const plain = new LogEvent(event, 7, 9);
    expect(new LogEvent({ ...event, parsed: body }, 7, 9).event).toEqual(plain.event);
    expect(JSON.parse(plain.json)).toEqual({ offset: 7, id: event.id, type: event.type, site: 'shop', at: 5, received: 9, device: 'button', touchpoint: null, body });
  });
});

describe('keyedUlid', () => {
  it('is a valid ULID, the same for the same key and another for another', () => {
    expect(keyedUlid('a')).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(keyedUlid('a')).toBe(keyedUlid('a'));
    expect(keyedUlid('a')).not.toBe(keyedUlid('b'));
    const twice = [1, 2].map((at) => hubEvent('s', 'device.seen', at, { device: 'd' }, { key: 'k' }).id);
    expect(twice[0]).toBe(twice[1]);
  });
});
