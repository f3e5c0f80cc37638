import { ApiError, type ProblemCode } from './api.ts';
import { m } from './paraglide/messages.js';

/** What went wrong and what to do, for the codes that a person can do something about. */
const TEXTS: Partial<Record<ProblemCode, () => string>> = {
  offline: m.problem_offline,
  unavailable: m.problem_unavailable,
  store_busy: m.problem_unavailable,
  store_unreachable: m.problem_unavailable,
  storage_full: m.problem_storage_full,
  internal: m.problem_internal,
  rate_limited: m.problem_rate_limited,
  unauthorised: m.problem_unauthorised,
  forbidden: m.problem_forbidden,
  forbidden_site: m.problem_forbidden,
  forbidden_channel: m.problem_forbidden,
  bad_origin: m.problem_bad_origin,
  bad_credentials: m.problem_bad_credentials,
  setup_done: m.problem_setup_done,
  setup_token_invalid: m.problem_setup_token,
  pairing_unknown: m.problem_pairing_unknown,
  pairing_expired: m.problem_pairing_expired,
  pairing_taken: m.problem_pairing_taken,
  already_resolved: m.problem_already_resolved,
  not_yours: m.problem_not_yours,
  too_old: m.problem_too_old,
  not_found: m.problem_not_found,
  unknown_channel: m.problem_not_found,
  conflict: m.problem_conflict,
  invalid: m.problem_invalid,
  malformed: m.problem_invalid,
  too_large: m.problem_invalid,
  device_revoked: m.problem_not_found,
};

/** A sentence or two for the person who ran into `error`. */
export function problemText(error: unknown): string {
  if (!(error instanceof ApiError)) return m.problem_internal();
  if (error.code === 'already_claimed') return error.owner ? m.problem_claimed_by({ name: error.owner }) : m.problem_already_claimed();
  if (error.code === 'signin_delayed') return m.problem_signin_delayed();
  return (TEXTS[error.code] ?? m.problem_internal)();
}
