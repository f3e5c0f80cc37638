import { describe, expect, it } from 'vitest';
import type { DutyRole, Role } from '../../contract/index.ts';
import { offDutyTold, onDutyTold, type Colleague, type Step, type Watcher } from './recipients.ts';

const watcher = (user: string, role: DutyRole, zones: string[] | null = null, inSight = false): Watcher => ({ user, name: user, role, zones, inSight });
const colleague = (user: string, role: Role, inSight = false): Colleague => ({ user, name: user, role, inSight });
const crew = [watcher('anna', 'floor', ['tills']), watcher('boris', 'floor', ['hall'], true), watcher('gleb', 'floor'), watcher('dina', 'second'), watcher('egor', 'manager')];
const told = (step: Step, zone: string | null = 'tills', named: string[] = [], people = crew): string[] => onDutyTold(people, { zone, step, named });

describe('on duty', () => {
  it('those of the zone and of the whole site are told first, consoles in sight foremost', () => {
    expect(told(0)).toEqual(['anna', 'gleb']);
    expect(told(0, 'hall')).toEqual(['boris', 'gleb']);
    expect(told(0, 'tills', [], [...crew, watcher('zoya', 'floor', ['tills'], true)])).toEqual(['zoya', 'anna', 'gleb']);
  });
  it('the other floor people are told when nobody has the zone', () => {
    const zoned = crew.filter(({ user }) => user !== 'gleb');
    expect(told(0, 'cafe', [], zoned)).toEqual(['boris', 'anna']);
    expect(told(0, null, [], zoned)).toEqual(['boris', 'anna']);
    expect(told(0, null)).toEqual(['gleb']);
  });
  it('the second and the manager stand in for a floor that nobody is on', () => {
    expect(told(0, 'tills', [], crew.slice(3))).toEqual(['dina']);
    expect(told(0, 'tills', [], crew.slice(4))).toEqual(['egor']);
  });
  it('people that the rule names are told in their stead', () => {
    expect(told(0, 'tills', ['vera'])).toEqual(['vera']);
  });
  it('the second step has the second, and the floor people who were not told', () => {
    expect(told(1)).toEqual(['dina', 'boris']);
    expect(told(1, 'tills', ['anna'])).toEqual(['dina', 'boris', 'gleb']);
    // Nobody else: the manager; nobody else at all: those who know are reminded.
    expect(told(1, 'tills', [], [crew[0]!, crew[4]!])).toEqual(['egor']);
    expect(told(1, 'tills', [], [crew[0]!])).toEqual(['anna']);
  });
  it('the third step has the managers', () => {
    expect(told(2)).toEqual(['egor']);
    expect(told(2, 'tills', ['anna'])).toEqual(['egor']);
    expect(told(2, 'tills', [], crew.slice(0, 4))).toEqual([]);
  });
});

describe('off duty', () => {
  const floor = colleague('floor', 'floor');
  const near = colleague('near', 'floor', true);
  const supervisor = colleague('super', 'supervisor');
  const admin = colleague('admin', 'administrator');
  it('consoles in sight are told first, then supervisors, then administrators', () => {
    expect(offDutyTold([floor, near, supervisor, admin], 0)).toEqual(['near']);
    expect(offDutyTold([floor, supervisor, admin], 0)).toEqual(['super']);
    expect(offDutyTold([floor, admin], 0)).toEqual(['admin']);
    // An administrator looks at many sites; a page of theirs in sight does not mean that they are there.
    expect(offDutyTold([floor, supervisor, { ...admin, inSight: true }], 0)).toEqual(['super']);
  });
  it('it goes up, and somebody is always told', () => {
    expect(offDutyTold([near, supervisor, admin], 1)).toEqual(['super']);
    expect(offDutyTold([supervisor, admin], 1)).toEqual(['admin']);
    expect(offDutyTold([admin], 1)).toEqual(['admin']);
    expect(offDutyTold([floor, supervisor, admin], 2)).toEqual(['super', 'admin']);
    for (const step of [0, 1, 2] as const) expect(offDutyTold([admin], step)).toEqual(['admin']);
  });
});
