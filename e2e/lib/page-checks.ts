import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

/** What every page has to keep to. What runs inside the page is text: tests are checked as a program of Node, which knows no document. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Texts and boxes that do not fit their place, or are under 13 px. */
const MISFITS = `(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push('the page is ' + root.scrollWidth + ' px wide');
  for (const element of document.querySelectorAll('main *, dialog *, nav *')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) || element.closest('.visually-hidden, option, svg, .label')) continue;
    const style = getComputedStyle(element);
    if (Number.parseFloat(style.fontSize) < 13) found.push('small: ' + element.textContent);
    if (style.display !== 'inline' && style.clipPath === 'none' && element.scrollWidth > element.clientWidth + 2) found.push('too wide: ' + element.textContent);
  }
  return found;
})()`;
/** What can be touched and is lower than 48 px. */
const SMALL_TARGETS = `[...document.querySelectorAll('main button, main a.button, main a.pill, main summary, main select, dialog button, dialog select, nav a, nav button')]
  .filter((element) => { const box = element.getBoundingClientRect(); return box.width > 0 && box.height < 47.9; }).map((element) => element.outerHTML.slice(0, 120))`;
/** Rules whose breaking shuts somebody out. */
const SERIOUS = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => id + ': ' + nodes[0].html.slice(0, 160)))`;
/** Rules of WCAG 2.2 A and AA that the page breaks, with where. */
const WCAG = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target + ' ' + failureSummary)))`;

export interface PageFaults { misfits: string[]; small: string[]; serious: string[] }
export const CLEAN: PageFaults = { misfits: [], small: [], serious: [] };

/** What does not fit, is too small for a finger, or shuts out those who hear the page. */
export async function pageFaults(page: Page): Promise<PageFaults> {
  await page.evaluate(AXE);
  return { misfits: await page.evaluate<string[]>(MISFITS), small: await page.evaluate<string[]>(SMALL_TARGETS), serious: await page.evaluate<string[]>(SERIOUS) };
}

/** Each breach of WCAG 2.2 A and AA, however slight. */
export async function wcagFaults(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return await page.evaluate<string[]>(WCAG);
}
