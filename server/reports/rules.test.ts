import { describe, expect, it } from 'vitest';
import type { ReportedAlert } from '../alerts/index.ts';
import { seededRandom } from '../core/testing/random.ts';
import { reportCsv } from './csv.ts';
import { REPEAT_MS, responseReport, type ReportNames } from './rules.ts';

const FROM = Date.parse('2026-03-02T00:00:00Z');
const HOUR = 3600_000;
const MINUTE = 60_000;
const span = { from: FROM, to: FROM + 24 * HOUR };
let count = 0;
/** An alert of `minute` minutes into the period whose steps are so many seconds after it. */
function alert(minute: number, { seen, claimed, ended, ...more }: Partial<ReportedAlert> & { seen?: number; claimed?: number; ended?: number } = {}): ReportedAlert {
  const since = FROM + minute * MINUTE;
  const after = (seconds: number | undefined): number | null => (seconds === undefined ? null : since + seconds * 1000);
  return {
    id: `a${++count}`, kind: 'feedback.negative', rule: 'negative', state: 'open', touchpoint: 'till-1', zone: 'tills', device: null, since, openedAt: since + 500,
    seenAt: after(seen), claimedAt: after(claimed), resolvedAt: after(ended), outcome: null, ownerId: null, ownerName: null, ...more,
  };
}
const names: ReportNames = { timezone: 'UTC', shifts: [], zones: new Map([['tills', 'Tills']]), rules: new Map([['negative', null], ['mine', 'Mine']]) };
const shift = (id: string, from: number, to: number) => ({ id, site: 'shop', name: id.toUpperCase(), days: [1, 2, 3, 4, 5, 6, 7], from: from * 60, to: to * 60, people: [] });
const report = (alerts: ReportedAlert[], more: Partial<ReportNames> = {}, period = span) => responseReport([...alerts].sort((a, b) => a.openedAt - b.openedAt), { ...names, ...more }, period);
const anna = { ownerId: 'anna', ownerName: 'Anna' };

describe('the response-time report', () => {
  it('has the percentiles of known alerts', () => {
    // Seconds to claim: 10, 20, 30, 40, 100. By nearest rank the median is the third, the ninetieth the fifth.
    const alerts = [10, 20, 30, 40, 100].map((claimed, i) => alert(i, { seen: claimed / 2, claimed, ended: claimed * 10, state: 'resolved', ...anna }));
    expect(report(alerts).total).toEqual({
      key: null, name: null, alerts: 5, byPeople: 5, expired: 0, cleared: 0,
      seen: { n: 5, p50: 15, p90: 50 }, claimed: { n: 5, p50: 30, p90: 100 }, resolved: { n: 5, p50: 300, p90: 1000 },
    });
  });

  it('counts for a step only alerts that came to it, and ends by people only as resolved', () => {
    const { total } = report([
      alert(1, { seen: 4, state: 'expired', ended: 900 }), alert(2, { state: 'cleared', ended: 60 }), alert(3, { claimed: 30, state: 'false', ended: 50, ...anna }),
      alert(4, { claimed: 70, state: 'unreachable', ended: 150, ...anna }), alert(5, { seen: 8 }),
    ]);
    expect(total).toMatchObject({ alerts: 5, byPeople: 2, expired: 1, cleared: 1, seen: { n: 2, p50: 4, p90: 8 }, claimed: { n: 2, p50: 30, p90: 70 }, resolved: { n: 2, p50: 50, p90: 150 } });
  });

  it('says null of nothing', () => {
    const empty = report([]);
    expect(empty.total).toEqual({ key: null, name: null, alerts: 0, byPeople: 0, expired: 0, cleared: 0, seen: { n: 0, p50: null, p90: null }, claimed: { n: 0, p50: null, p90: null }, resolved: { n: 0, p50: null, p90: null } });
    expect(empty).toMatchObject({ ...span, byShift: [], byZone: [], byKind: [], byPerson: [], rules: [], caught: { k: 0, n: 0, share: null, low: null, high: null }, repeats: { n: 0, share: null } });
  });

  it('takes the alerts that were raised within the period, the end excluded', () => {
    const raised = (openedAt: number) => alert(0, { openedAt });
    expect(report([raised(span.from - 1), raised(span.from), raised(span.to - 1), raised(span.to)]).total.alerts).toBe(2);
  });

  it('never says that somebody was there before it happened', () => {
    expect(report([alert(1, { seen: -3, claimed: 2 })]).total).toMatchObject({ seen: { p50: 0 }, claimed: { p50: 2 } });
  });

  it('goes by the shift that ran when it happened, also by several, and has a row for the time outside', () => {
    const shifts = [shift('day', 8, 16), shift('night', 22, 6), shift('help', 12, 14)];
    const rows = report([alert(2 * 60), alert(9 * 60, { claimed: 7 }), alert(13 * 60), alert(16 * 60), alert(23 * 60)], { shifts }).byShift;
    expect(rows.map(({ key, name, alerts }) => [key, name, alerts])).toEqual([['day', 'DAY', 2], ['night', 'NIGHT', 2], ['help', 'HELP', 1], [null, null, 1]]);
    expect(rows[0]!.claimed).toEqual({ n: 1, p50: 7, p90: 7 });
  });

  it('goes by the site\'s own clock over the day on which clocks change', () => {
    const berlin = { timezone: 'Europe/Berlin', shifts: [shift('early', 6, 14)] };
    const period = { from: Date.parse('2026-03-28T23:00:00Z'), to: Date.parse('2026-03-29T22:00:00Z') };
    const at = (text: string) => ({ ...alert(0), since: Date.parse(text), openedAt: Date.parse(text) });
    const { byShift } = report([at('2026-03-29T03:59:59Z'), at('2026-03-29T04:00:00Z'), at('2026-03-29T11:59:59Z'), at('2026-03-29T12:00:00Z')], berlin, period);
    expect(byShift.map(({ key, alerts }) => [key, alerts])).toEqual([['early', 2], [null, 2]]);
  });

  it('goes by zone, kind and person, most alerts first and the nameless last', () => {
    const { byZone, byKind, byPerson } = report([
      alert(1, { zone: null, ...anna }), alert(2, { zone: null, kind: 'device.silent', ownerId: 'anna', ownerName: 'Anna B.' }), alert(3, { ownerId: 'boris', ownerName: 'Boris' }), alert(4), alert(5), alert(6, { zone: 'gone' }),
    ]);
    expect(byZone.map(({ key, name, alerts }) => [key, name, alerts])).toEqual([['tills', 'Tills', 3], ['gone', null, 1], [null, null, 2]]);
    expect(byKind.map(({ key, alerts }) => [key, alerts])).toEqual([['feedback.negative', 5], ['device.silent', 1]]);
    expect(byPerson.map(({ key, name, alerts }) => [key, name, alerts])).toEqual([['anna', 'Anna B.', 2], ['boris', 'Boris', 1], [null, null, 3]]);
  });

  it('counts visitors who were helped before they left, of those whose end is known', () => {
    const ended = (outcome: ReportedAlert['outcome'], kind = 'feedback.negative') => alert(1, { state: 'resolved', outcome, kind });
    const { caught } = report([ended('helped'), ended('helped', 'emotion.episode'), ended('left'), ended('not_found'), ended('nobody_there'), ended(null), ended('helped', 'device.silent'), ended('helped', 'feedback.rate')]);
    expect(caught).toMatchObject({ k: 2, n: 5, share: 0.4 });
    // Wilson, by hand: (0.4 + 1.9208/5) / (1 + 3.8415/5) ± 0.3506.
    expect(caught.low).toBeCloseTo(0.1176, 3);
    expect(caught.high).toBeCloseTo(0.7693, 3);
  });

  it('counts resolved alerts that came again at the same place within the hour', () => {
    const resolved = (minute: number, more: Partial<ReportedAlert> = {}) => alert(minute, { state: 'resolved', ended: 60, ...more });
    const one = report([resolved(0), alert(30)]);
    expect(one.repeats).toMatchObject({ k: 1, n: 1, share: 1 });
    expect(report([resolved(0), alert(30, { touchpoint: 'till-2' })]).repeats).toMatchObject({ k: 0, n: 1 });
    expect(report([resolved(0), alert(30, { kind: 'emotion.episode' })]).repeats).toMatchObject({ k: 0, n: 1 });
    expect(report([alert(0, { state: 'false', ended: 60 }), alert(30)]).repeats).toMatchObject({ k: 0, n: 0 });
    // One chain of three: two of the three came again. A fourth, after more than an hour, is another trouble.
    expect(report([resolved(0), resolved(20), resolved(50), alert(112)]).repeats).toMatchObject({ k: 2, n: 3 });
    const last = resolved(23 * 60 + 50);
    const edge = (offset: number): ReportedAlert => alert(0, { since: last.resolvedAt! + offset, openedAt: last.resolvedAt! + offset });
    expect(report([last, edge(REPEAT_MS)]).repeats).toMatchObject({ k: 1, n: 1 });
    expect(report([last, edge(REPEAT_MS + 1)]).repeats).toMatchObject({ k: 0, n: 1 });
    // Without a touchpoint the device or the zone is the place.
    const silent = (device: string, minute: number) => resolved(minute, { kind: 'device.silent', touchpoint: null, device });
    expect(report([silent('a', 0), silent('b', 10)]).repeats).toMatchObject({ k: 0, n: 2 });
  });

  it('calls a rule noisy only when there is enough to say so', () => {
    const judged = (n: number, wrong: number, rule: string | null = 'mine') => Array.from({ length: n }, (_, i) => alert(i, { rule, state: i < wrong ? 'false' : 'resolved', ended: 30, touchpoint: `t${i}` }));
    const noisy = (n: number, wrong: number) => report(judged(n, wrong)).rules[0];
    expect(noisy(10, 5)).toMatchObject({ rule: 'mine', name: 'Mine', kind: 'feedback.negative', falseShare: { k: 5, n: 10, share: 0.5 }, noisy: true });
    expect(noisy(9, 9)!.noisy).toBe(false);
    // 4 of 10: the lower bound is 0.168.
    expect(noisy(10, 4)!.noisy).toBe(false);
    expect(noisy(40, 14)!.noisy).toBe(true);
    // What nobody judged counts for nothing, but the rule is there.
    expect(report([alert(1, { rule: 'mine', state: 'expired', ended: 900 }), alert(2, { rule: null })]).rules).toMatchObject([{ rule: 'mine', falseShare: { k: 0, n: 0, share: null }, noisy: false }]);
  });

  it('takes 20,000 alerts of 92 days and 50 shifts', () => {
    const random = seededRandom(7);
    const days = 92;
    const alerts = Array.from({ length: 20_000 }, (_, i) => {
      const seconds = (): number => random.below(900);
      const state = ['resolved', 'false', 'expired', 'cleared', 'unreachable'][random.below(5)]!;
      return alert((i * days * 1440) / 20_000, { seen: seconds(), claimed: seconds(), ended: 900 + seconds(), state, zone: `z${random.below(20)}`, touchpoint: `t${random.below(80)}`, ownerId: `u${random.below(40)}`, ownerName: 'x', outcome: 'helped', rule: `r${random.below(15)}` });
    });
    const shifts = Array.from({ length: 50 }, (_, i) => shift(`s${i}`, i % 24, (i * 7 + 5) % 24));
    const period = { from: FROM, to: FROM + days * 24 * HOUR };
    const found = responseReport(alerts, { ...names, timezone: 'Europe/Berlin', shifts }, period);
    const csv = reportCsv(found);
    expect(found.total.alerts).toBe(20_000);
    expect(csv.split('\r\n').length).toBeGreaterThan(130);
  });
});

describe('the table', () => {
  it('is RFC 4180: every record as long as the heading, no byte order mark, CRLF at each end', () => {
    const csv = reportCsv(report([alert(1, { claimed: 12.5, state: 'resolved', ended: 60, outcome: 'helped', ...anna, ownerName: 'Anna "the fast", jr\nx' })], { shifts: [shift('day', 0, 24)] }));
    expect(csv.startsWith('group,key,name,alerts,seen_n,')).toBe(true);
    expect(csv.endsWith('\r\n')).toBe(true);
    expect(csv).toContain('person,anna,"Anna ""the fast"", jr\nx",1,0,,,1,12.5,12.5,1,60,60,1,0,0,,,,,,\r\n');
    const records = csv.slice(0, -2).split('\r\n').map((line) => line.replaceAll(/"(?:[^"]|"")*"/g, 'q').split(',').length);
    expect(new Set(records).size).toBe(1);
    expect(csv).toMatch(/\r\ncaught,,,(,){13}1,1,1,0\.2065\d*,1,\r\n/);
    expect(csv).toMatch(/\r\nrule,negative,,(,){13}0,1,0,0,0\.79\d*,false\r\n/);
  });
  it('computes nothing in a spreadsheet', () => {
    for (const name of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '=HYPERLINK("http://x","y")']) {
      const csv = reportCsv(report([alert(1, { ownerId: 'x', ownerName: name })]));
      const cell = csv.slice(csv.indexOf('person,x,') + 'person,x,'.length).replace(/^"/, '');
      expect(cell.startsWith("'"), JSON.stringify(name)).toBe(true);
    }
  });
});
