import type { DutyRole, Role } from '../../contract/index.ts';

/** How far an alert has gone up: 0 the floor, 1 the second person, 2 the manager. */
export type Step = 0 | 1 | 2;
export interface Watcher { user: string; name: string; role: DutyRole; zones: readonly string[] | null; inSight: boolean }
export interface Colleague { user: string; name: string; role: Role; inSight: boolean }

const inOrder = <P extends { user: string; name: string; inSight: boolean }>(people: readonly P[]): string[] =>
  [...people].sort((a, b) => Number(b.inSight) - Number(a.inSight) || a.name.localeCompare(b.name) || (a.user < b.user ? -1 : 1)).map(({ user }) => user);

/** Whether somebody looks after a place: after its zone, or after the whole site. */
export const looksAfter = (zones: readonly string[] | null, zone: string | null): boolean => zones === null || (zone !== null && zones.includes(zone));

const firstNonEmpty = <T>(...lists: (() => T[])[]): T[] => {
  for (const list of lists) { const found = list(); if (found.length > 0) return found; }
  return [];
};

/**
 * Whom of those on duty an alert at `zone` is told at a step, in order: consoles in sight first. Empty when nobody on
 * duty is of use, so that others have to be found. `named`: people that the rule names for step 0.
 */
export function onDutyTold(people: readonly Watcher[], { zone, step, named }: { zone: string | null; step: Step; named: readonly string[] }): string[] {
  const of = (role: DutyRole): Watcher[] => people.filter((one) => one.role === role);
  const first = (): string[] => firstNonEmpty(
    () => [...named],
    () => inOrder(of('floor').filter(({ zones }) => looksAfter(zones, zone))), () => inOrder(of('floor')),
    () => inOrder(of('second')), () => inOrder(of('manager')),
  );
  if (step === 0) return first();
  if (step === 2) return inOrder(of('manager'));
  const told = new Set(first());
  const others = (role: DutyRole): string[] => inOrder(of(role)).filter((user) => !told.has(user));
  // Nobody else is there: those who were told are reminded.
  return firstNonEmpty(() => [...others('second'), ...others('floor')], () => others('manager'), () => [...told]);
}

/** Whom to tell where nobody on duty is of use: never nobody, as long as anybody may see the site. */
export function offDutyTold(people: readonly Colleague[], step: Step): string[] {
  const of = (...roles: Role[]): Colleague[] => people.filter(({ role }) => roles.includes(role));
  const inCharge = (): string[] => firstNonEmpty(() => inOrder(of('supervisor')), () => inOrder(of('administrator')));
  if (step === 2) return [...inOrder(of('supervisor')), ...inOrder(of('administrator'))];
  const near = inOrder(of('floor', 'supervisor').filter(({ inSight }) => inSight));
  const first = near.length > 0 ? near : inCharge();
  if (step === 0) return first;
  return firstNonEmpty(() => inCharge().filter((user) => !first.includes(user)), () => inOrder(of('administrator')).filter((user) => !first.includes(user)), () => first);
}
