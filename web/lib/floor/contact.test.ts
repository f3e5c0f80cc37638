import { expect, it } from 'vitest';
import { contactLink } from './contact.ts';

it.each([
  ['+7 (921) 123-45-67', 'tel:+79211234567'], ['8 800 555 35 35', 'tel:88005553535'], [' anna@example.org ', 'mailto:anna@example.org'],
  ['a?subject=x@example.org', 'mailto:a%3Fsubject%3Dx@example.org'],
])('%s can be reached at %s', (contact, link) => expect(contactLink(contact)).toBe(link));

it.each([['javascript:alert(1)'], ['@anna'], ['Anna, at the till'], ['12'], ['1'.repeat(16)], [''], ['data:text/html,<b>'], ['a@b'], ['<img src=x>@x.org']])('%s is only words', (contact) => expect(contactLink(contact)).toBeNull());
