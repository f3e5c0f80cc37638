import type { User } from '../../contract/index.ts';
import { sameRights } from '../core/auth/index.ts';

/** An administrator who can always repair everything: not disabled, and of every site. */
export const isFullAdministrator = ({ role, sites, disabled }: Pick<User, 'role' | 'sites' | 'disabled'>): boolean => role === 'administrator' && sites === null && !disabled;

/** Whether a change would leave the hub without anybody who can repair it. `users` are all, as they are before it. */
export function losesLastAdministrator(users: readonly User[], changed: User): boolean {
  return users.some((user) => user.id === changed.id && isFullAdministrator(user)) && !isFullAdministrator(changed)
    && !users.some((user) => user.id !== changed.id && isFullAdministrator(user));
}

/** Whether one who has `own` sites may hand out `given`: nobody gives more than they have. Null is every site. */
export const withinSites = (own: readonly string[] | null, given: readonly string[] | null): boolean =>
  own === null || (given !== null && given.every((site) => own.includes(site)));

/** Changes after which the person has to sign in again, because open pages rest on the old rights. */
export function endsSessions(before: User, after: User, passwordChanged: boolean): boolean {
  return passwordChanged || before.disabled !== after.disabled || !sameRights(before, after);
}
