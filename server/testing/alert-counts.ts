import type { AnyEvent } from '../../contract/index.ts';

/** How many presses each card about negative presses stands for, by the log: cards grow, so the last word counts. */
export function pressesOfAlerts(log: readonly AnyEvent[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const event of log) {
    if (event.type === 'alert.opened' && event.body.kind === 'feedback.negative') counts.set(event.body.alert, event.body.count ?? 1);
    if (event.type === 'alert.grown' && counts.has(event.body.alert)) counts.set(event.body.alert, event.body.count);
  }
  return counts;
}

/** Presses that stand on some card. */
export const pressesOnCards = (log: readonly AnyEvent[]): number => [...pressesOfAlerts(log).values()].reduce((sum, count) => sum + count, 0);
