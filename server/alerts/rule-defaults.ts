import { Value } from 'typebox/value';
import { ALERT_KINDS, KIND_DEFAULTS, RULE_PARAMS, type AlertKind, type Escalation, type Rule, type RuleParams } from '../../contract/index.ts';

/** What needs no plan and no number of the shop's own is on from the first day. */
const ON_AT_FIRST: ReadonlySet<AlertKind> = new Set(['feedback.negative', 'feedback.rate', 'feedback.run', 'feedback.praise', 'emotion.episode', 'device.silent', 'device.battery', 'camera.frozen', 'camera.stopped', 'duty.unreachable']);

/** A visitor waits: a minute, three minutes, and after ten without an outcome it is everybody's again. */
const VISITOR: Escalation = { secondS: 60, managerS: 180, returnS: 600 };
/** A trend or a crowd: somebody has to come, not to run. */
const FLOOR: Escalation = { secondS: 300, managerS: 900, returnS: 1800 };
/** A device: it is repaired when there is time. */
const EQUIPMENT: Escalation = { secondS: 1800, managerS: null, returnS: 14_400 };
const NEWS: Escalation = { secondS: null, managerS: null, returnS: null };

const ESCALATIONS: Record<AlertKind, Escalation> = {
  'feedback.negative': VISITOR, 'feedback.run': FLOOR, 'feedback.rate': FLOOR, 'feedback.praise': NEWS, 'emotion.episode': VISITOR, 'emotion.mood': FLOOR,
  'traffic.crowd': { secondS: 120, managerS: 300, returnS: 900 }, 'sales.conversion': { secondS: 3600, managerS: null, returnS: null }, 'staff.consultations': { secondS: 3600, managerS: null, returnS: null },
  'staff.idle': { secondS: 120, managerS: 300, returnS: 900 }, 'device.silent': EQUIPMENT, 'device.battery': { secondS: null, managerS: null, returnS: null }, 'camera.frozen': EQUIPMENT, 'camera.stopped': EQUIPMENT,
  'duty.unreachable': { secondS: 60, managerS: 120, returnS: 600 },
};

/** Seconds; visitors and devices are each their own matter, so nothing about them is held back. */
const COOLDOWNS: Partial<Record<AlertKind, number>> = {
  'feedback.rate': 900, 'feedback.run': 900, 'feedback.praise': 14_400, 'emotion.mood': 1800, 'traffic.crowd': 900, 'sales.conversion': 7200, 'staff.consultations': 7200, 'staff.idle': 900,
};

export const builtInId = (kind: AlertKind): string => kind.replaceAll('.', '-');
/** The parameters that rules of a kind start with. */
export const defaultParams = <K extends AlertKind>(kind: K): RuleParams<K> => Value.Create(RULE_PARAMS[kind]) as RuleParams<K>;

const kindOfId = new Map<string, AlertKind>(ALERT_KINDS.map((kind) => [builtInId(kind), kind]));
export const isBuiltIn = (id: string): boolean => kindOfId.has(id);

/** The rule of a kind that every site has, until somebody changes it. */
export function builtInRule(site: string, kind: AlertKind): Rule {
  const { severity, tone, actWithinS } = KIND_DEFAULTS[kind];
  return {
    id: builtInId(kind), site, kind, name: null, enabled: ON_AT_FIRST.has(kind), place: { zone: null, touchpoint: null }, params: defaultParams(kind), severity, tone, actWithinS,
    hours: null, tell: null, escalation: ESCALATIONS[kind], cooldownS: COOLDOWNS[kind] ?? 0, builtIn: true,
  };
}

/** A site's rules: built-in ones in the order of their kinds, as they were changed, then its own by their ids. */
export function withBuiltIns(site: string, kept: readonly Rule[]): Rule[] {
  const byId = new Map(kept.map((rule) => [rule.id, rule]));
  const own = kept.filter(({ id }) => !isBuiltIn(id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  return [...ALERT_KINDS.map((kind) => byId.get(builtInId(kind)) ?? builtInRule(site, kind)), ...own];
}
