import { Value } from 'typebox/value';
import { RULE_PARAMS, type AlertKind, type NewRule, type Site } from '../../contract/index.ts';
import { ApiError, type FieldError } from '../core/http/index.ts';
import { defaultParams } from './rule-defaults.ts';

const ERRORS_MOST = 10;

/**
 * A rule as it may be kept: parameters that were left out have their defaults. Checks what the schema of the request
 * cannot: the parameters of the kind, places of the site, times that follow each other.
 * @throws ApiError `invalid` with a path for every field
 */
export function checkedRule(wanted: NewRule, site: Site): NewRule {
  const kind = wanted.kind as AlertKind;
  const params = { ...defaultParams(kind), ...wanted.params };
  const errors = [...paramErrors(kind, params), ...placeErrors(wanted, site), ...timeErrors(wanted)];
  if (errors.length > 0) throw new ApiError('invalid', 422, `The rule does not fit: ${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}`.slice(0, 1000), { errors: errors.slice(0, ERRORS_MOST) });
  return { ...wanted, params };
}

function paramErrors(kind: AlertKind, params: object): FieldError[] {
  const schema = RULE_PARAMS[kind];
  const unknown = Object.keys(params).filter((name) => !Object.hasOwn(schema.properties, name));
  if (unknown.length > 0) return unknown.map((name) => ({ path: `/params/${name.slice(0, 40)}`, message: `is no parameter of ${kind}` }));
  return [...Value.Errors(schema, params)].map(({ instancePath, message }) => ({ path: `/params${instancePath}`, message }));
}

function placeErrors({ place: { zone, touchpoint } }: NewRule, site: Site): FieldError[] {
  if (zone !== null && touchpoint !== null) return [{ path: '/place', message: 'must name a zone or a touchpoint, not both' }];
  if (zone !== null && !site.zones.some(({ id }) => id === zone)) return [{ path: '/place/zone', message: 'is no zone of this site: add the zone first' }];
  if (touchpoint !== null && !site.touchpoints.some(({ id }) => id === touchpoint)) return [{ path: '/place/touchpoint', message: 'is no touchpoint of this site: add the touchpoint first' }];
  return [];
}

function timeErrors({ escalation: { secondS, managerS } }: NewRule): FieldError[] {
  if (secondS !== null && managerS !== null && managerS <= secondS) return [{ path: '/escalation/managerS', message: `must be later than the second person, who is told after ${secondS} s` }];
  return [];
}

/** What makes a rule of this kind quieter, in the words of the rule's page. */
export const QUIETER: Record<AlertKind, string> = {
  'feedback.negative': 'Let only the worst face call, or choose a smaller place.', 'feedback.rate': 'Choose a calmer sensitivity, more ratings before anything is said, or a longer pause.',
  'feedback.run': 'Ask for more negatives in a row or fewer minutes, or a longer pause.', 'feedback.praise': 'Ask for more positives, or a longer pause.',
  'emotion.episode': 'Let only those call that get worse, or choose a smaller place.', 'emotion.mood': 'Ask for a larger drop, more faces or more minutes.', 'traffic.crowd': 'Allow more people, or a longer pause.',
  'sales.conversion': 'Lower the plan, or choose more minutes or a longer pause.', 'staff.consultations': 'Lower the plan, or choose more minutes or a longer pause.', 'staff.idle': 'Allow more minutes or ask for more people inside, or a longer pause.',
  'device.silent': 'Choose a smaller place, and look after the connection of its devices.', 'device.battery': 'Choose a lower charge.', 'camera.frozen': 'Choose a smaller place, and look after its cameras.', 'camera.stopped': 'Choose a smaller place, and fix cameras so that they cannot be moved.', 'duty.unreachable': 'Look after how people of the shifts can be told.',
};
