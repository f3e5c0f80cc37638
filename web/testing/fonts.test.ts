import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const faces = readFileSync(at('web/tokens.css'), 'utf8').split('@font-face').slice(1);

/** Code points that a face is for. */
function covers(face: string): (code: number) => boolean {
  const ranges = /unicode-range: ([^;]+);/.exec(face)![1]!.split(',').map((range) => range.trim().slice(2).split('-').map((hex) => Number.parseInt(hex, 16)));
  return (code) => ranges.some(([from, to]) => code >= from! && code <= (to ?? from!));
}

it('what the catalogues are written in comes with the two files that every page loads', () => {
  const cut = faces.filter((face) => face.includes('./fonts/')).map(covers);
  const whole = faces.filter((face) => !face.includes('./fonts/')).map(covers);
  expect(cut).toHaveLength(2);
  const text = ['ru', 'en'].flatMap((locale) => readdirSync(at(`messages/${locale}`)).map((file) => readFileSync(at(`messages/${locale}/${file}`), 'utf8'))).join('');
  const missing = [...new Set(text)].filter((letter) => !cut.some((is) => is(letter.codePointAt(0)!)) && whole.some((is) => is(letter.codePointAt(0)!)));
  expect(missing).toEqual([]);
});

it('no letter has two files', () => {
  const all = faces.map(covers);
  for (let code = 0x20; code < 0x2300; code++) expect(all.filter((is) => is(code)).length, code.toString(16)).toBeLessThanOrEqual(1);
});
