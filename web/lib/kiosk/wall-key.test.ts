import { expect, test } from 'vitest';
import { tokenOf } from './wall-key.ts';

test('only what looks like a token is taken from the fragment', () => {
  const token = 'abcDEF_123-abcDEF_123-';
  expect(tokenOf(`#${token}`)).toBe(token);
  for (const hash of ['', '#', '#short', `#${'x'.repeat(101)}`, '#<script>alert(1)</script>', '#../../../../../../../etc/passwd']) expect(tokenOf(hash)).toBeNull();
});
