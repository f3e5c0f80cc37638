import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { DevicePatch, SitePatch, TouchpointPatch, UserPatch } from './index.ts';

describe('a patch', () => {
  // Found by the fuzzer: making every field optional forgot that other fields are refused.
  it.each([['user', UserPatch], ['site', SitePatch], ['touchpoint', TouchpointPatch], ['device', DevicePatch]])('of a %s takes its own fields and no others', (_, schema) => {
    expect(Value.Check(schema, {})).toBe(true);
    expect(Value.Check(schema, { name: 'New name' })).toBe(true);
    for (const field of ['passwordHash', 'id', 'valueOf', 'constructor', 'nmae']) expect(Value.Check(schema, { name: 'New name', [field]: null })).toBe(false);
  });
});
