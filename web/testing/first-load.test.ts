import { describe, expect, it } from 'vitest';
import { filesOf } from './first-load.ts';

const manifest = {
  start: { file: 'start.js', isEntry: true, imports: ['shared'] },
  page: { file: 'page.js', imports: ['shared', 'chart'], css: ['page.css'], assets: ['inter-latin.woff2', 'inter-greek.woff2'] },
  shared: { file: 'shared.js', imports: ['start'] },
  chart: { file: 'chart.js', css: ['page.css'] },
  other: { file: 'other.js' },
};

describe('the first load', () => {
  it('is everything imported, once, with styles and wanted assets, and nothing else', () => {
    expect(filesOf(manifest, ['start', 'page'], /latin/).sort()).toEqual(['chart.js', 'inter-latin.woff2', 'page.css', 'page.js', 'shared.js', 'start.js']);
  });
  it('does not pass over a module that is missing', () => {
    expect(() => filesOf(manifest, ['gone'], /x/)).toThrow(RangeError);
  });
});
