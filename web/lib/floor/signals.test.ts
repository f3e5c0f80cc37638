import { describe, expect, it } from 'vitest';
import { TONES } from '../../../contract/alert-words.ts';
import { madeAlert as alert } from '../../testing/made-alert.ts';
import { REPEAT_MS, SIGNAL_GAP_MS, SignalGate, Watch, type Signal } from './signals.ts';
import { scoreOf } from './tones.ts';

const anna = { id: 'anna', name: 'Анна' };
const high: Signal = { tone: 'visitor', severity: 'high' };
const urgent: Signal = { tone: 'visitor', severity: 'urgent' };

/** Plays whatever is due until `end`, as the page's timer does. */
function played(gate: SignalGate, from: number, end: number): { at: number; signal: Signal }[] {
  const heard: { at: number; signal: Signal }[] = [];
  let now = from;
  while (now <= end) {
    const signal = gate.take(now);
    if (signal) heard.push({ at: now, signal });
    const next = gate.nextAt();
    if (next === null) break;
    now = Math.max(next, now + 1);
  }
  return heard;
}

describe('what is news', () => {
  it('is nothing at the first look, then what came, came back or got worse', () => {
    const watch = new Watch();
    const fresh = (...alerts: ReturnType<typeof alert>[]) => watch.look(alerts, 0).fresh.map((one) => one.id);
    expect(fresh(alert('old'))).toEqual([]);
    expect(fresh(alert('old'), alert('new'), alert('taken', { state: 'claimed', owner: anna }))).toEqual(['new']);
    expect(fresh(alert('old'), alert('new', { count: 5 }), alert('taken'))).toEqual(['taken']);
    expect(fresh(alert('old', { severity: 'urgent' }), alert('new', { step: 1 }), alert('taken'))).toEqual(['old', 'new']);
    expect(fresh(alert('old', { severity: 'medium' }), alert('new', { step: 0 }), alert('taken'))).toEqual([]);
    watch.forget();
    expect(fresh(alert('another'))).toEqual([]);
  });

  it('is not what is put off, until that is over', () => {
    const watch = new Watch();
    watch.look([], 0);
    expect(watch.look([alert('a', { snoozedUntil: 100 })], 0).fresh).toEqual([]);
    expect(watch.look([alert('a', { snoozedUntil: 100 })], 100).fresh).toHaveLength(1);
  });

  it('names the newest urgent one that nobody has taken', () => {
    const watch = new Watch();
    const alerts = [alert('first', { severity: 'urgent', openedAt: 1 }), alert('second', { severity: 'urgent', openedAt: 2 }), alert('high', { openedAt: 3 })];
    expect(watch.look(alerts, 0).urgent?.id).toBe('second');
    expect(watch.look([{ ...alerts[1]!, state: 'claimed', owner: anna }, alerts[0]!], 0).urgent?.id).toBe('first');
    expect(watch.look([alert('a', { severity: 'urgent', snoozedUntil: 9 })], 0).urgent).toBeNull();
  });
});

describe('tones', () => {
  it('come at most every two seconds in a storm, the most urgent first', () => {
    const gate = new SignalGate();
    const heard: { at: number; severity: string }[] = [];
    for (let now = 0; now <= 10_000; now += 50) {
      gate.offer(now === 500 ? { tone: 'crowd', severity: 'urgent' } : { tone: 'visitor', severity: now % 100 === 0 ? 'low' : 'medium' });
      const signal = gate.take(now);
      if (signal) heard.push({ at: now, severity: signal.severity });
    }
    expect(heard.every(({ at }, index) => index === 0 || at - heard[index - 1]!.at >= SIGNAL_GAP_MS)).toBe(true);
    expect(heard.map((one) => one.severity)).toEqual(['low', 'urgent', 'medium', 'medium', 'medium', 'medium']);
  });

  it('repeat for an urgent alert until it is taken, and not one more', () => {
    const gate = new SignalGate();
    gate.offer(urgent);
    gate.repeat(urgent);
    expect(played(gate, 0, 65_000).map((one) => one.at)).toEqual([0, REPEAT_MS, 2 * REPEAT_MS, 3 * REPEAT_MS]);
    gate.offer(urgent);
    gate.repeat(null);
    expect(played(gate, 65_001, 200_000)).toEqual([]);
  });

  it('do not let an urgent repeat be lost behind milder ones', () => {
    const gate = new SignalGate();
    gate.repeat(urgent);
    gate.offer(high);
    expect(gate.take(0)).toEqual(urgent);
    expect(gate.take(SIGNAL_GAP_MS - 1)).toBeNull();
  });

  it('say the milder ones once the urgent one is taken', () => {
    const gate = new SignalGate();
    gate.take(0);
    gate.offer(high);
    gate.repeat(null);
    expect(gate.take(0)).toEqual(high);
  });
});

describe('each class', () => {
  const rhythm = (tone: Signal['tone']) => scoreOf({ tone, severity: 'high' }).notes.map(({ at, s }) => `${at.toFixed(2)}+${s.toFixed(2)}`).join(' ');
  it('has a rhythm of its own, so that pitch alone need not be heard', () => {
    expect(new Set(TONES.map(rhythm)).size).toBe(TONES.length);
  });
  it.each(TONES)('%s is louder, sharper and longer when urgent', (tone) => {
    const [calm, sharp] = [scoreOf({ tone, severity: 'medium' }), scoreOf({ tone, severity: 'urgent' })];
    expect(sharp.gain).toBeGreaterThan(calm.gain);
    expect(sharp.wave).toBe('square');
    expect(sharp.notes.length).toBe(calm.notes.length * 3);
    expect(Math.max(...sharp.notes.map((note) => note.at + note.s))).toBeLessThan(SIGNAL_GAP_MS * 3);
    for (const { hz } of sharp.notes) expect(hz).toBeGreaterThanOrEqual(400);
  });
});
