import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FILES = ['common', 'console', 'kiosk', 'floor', 'manage', 'map', 'cameras', 'emotions', 'traffic'];
type Message = string | { match: Record<string, string> }[];
const catalogue = (locale: string, file: string) => {
  const { $schema: _schema, ...messages } = JSON.parse(readFileSync(new URL(`../../messages/${locale}/${file}.json`, import.meta.url), 'utf8')) as Record<string, Message>;
  return messages;
};
const texts = (message: Message) => (typeof message === 'string' ? [message] : message.flatMap((one) => Object.values(one.match)));
const inputs = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe.each(FILES)('the catalogue %s', (file) => {
  const ru = catalogue('ru', file);
  const en = catalogue('en', file);

  it('has the same messages in both languages', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(ru).sort());
  });

  it('has the same inputs in both languages', () => {
    const differing = Object.keys(ru).filter((key) => new Set([...texts(ru[key]!), ...texts(en[key]!)].map((text) => inputs(text).join())).size !== 1);
    expect(differing).toEqual([]);
  });

  it('has no Russian in English', () => {
    expect(Object.entries(en).filter(([, message]) => texts(message).some((text) => /[а-яё]/i.test(text))).map(([key]) => key)).toEqual([]);
  });

  it('has every plural form that Russian needs', () => {
    const needed = ['one', 'few', 'many', 'other'];
    const missing = Object.entries(ru).filter(([, message]) => {
      if (typeof message === 'string') return false;
      const forms = Object.keys(message[0]?.match ?? {}).map((key) => key.replace(/^.*=/, ''));
      return !forms.includes('*') && needed.some((form) => !forms.includes(form));
    });
    expect(missing.map(([key]) => key)).toEqual([]);
  });
});

it('no message stands in two catalogues, for the later would silently win', () => {
  const keys = FILES.flatMap((file) => Object.keys(catalogue('ru', file)));
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});
