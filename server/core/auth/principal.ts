import type { FastifyRequest } from 'fastify';
import { ROLE_PERMISSIONS, type DeviceKind, type Permission, type Role, type User } from '../../../contract/index.ts';
import { ApiError, notFound } from '../http/problem.ts';
import type { Revocation } from './revocations.ts';

/** A paired device. `site` null: the hub's own vision node, which serves every site. */
export interface DeviceIdentity { id: string; kind: DeviceKind; site: string | null; touchpoint: string | null; name: string }
export interface WallIdentity { id: string; site: string; name: string }

export interface PersonPrincipal { kind: 'person'; user: User; session: string }
export interface WallPrincipal { kind: 'wall'; wall: WallIdentity }
export interface DevicePrincipal { kind: 'device'; device: DeviceIdentity }
/** Who asks. */
export type Principal = PersonPrincipal | WallPrincipal | DevicePrincipal;

declare module 'fastify' {
  interface FastifyRequest { principal: Principal | null }
}

/** Role whose permissions hold; devices have none, their kind decides what they may send. */
export function roleOf(principal: Principal): Role | null {
  if (principal.kind === 'person') return principal.user.role;
  return principal.kind === 'wall' ? 'wall' : null;
}

/** Whether this site is within the principal's sites, whatever it may do there. */
export function seesSite(principal: Principal, site: string): boolean {
  switch (principal.kind) {
    case 'person': return principal.user.sites === null || principal.user.sites.includes(site);
    case 'wall': return principal.wall.site === site;
    case 'device': return principal.device.site === null || principal.device.site === site;
  }
}

/** Whether the principal may do this at `site`; without a site, whether its role may do it anywhere at all. */
export function can(principal: Principal, permission: Permission, site?: string): boolean {
  const role = roleOf(principal);
  if (role === null || !ROLE_PERMISSIONS[role].includes(permission)) return false;
  return site === undefined || seesSite(principal, site);
}

/** Whether the principal may do this at every site, also at those to come. */
export const canEverywhere = (principal: Principal, permission: Permission): boolean =>
  can(principal, permission) && principal.kind === 'person' && principal.user.sites === null;

/** Lets the principal on or throws: `not_found` for a site out of its sight, `forbidden` for what its role may not do. */
export function demand(principal: Principal, permission: Permission, site?: string): void {
  if (site !== undefined && !seesSite(principal, site)) throw notFound('site');
  if (!can(principal, permission, site)) throw new ApiError('forbidden', 403, 'Your role does not allow this. Ask an administrator.');
}

/** Like `demand`, for what concerns every site. */
export function demandEverywhere(principal: Principal, permission: Permission): void {
  demand(principal, permission);
  if (!canEverywhere(principal, permission)) throw new ApiError('forbidden', 403, 'This concerns every site, and you were given only some. Ask an administrator of all sites.');
}

/** Whether this revocation ends what the principal may do. */
export function isRevoked(principal: Principal, { subject, id }: Revocation): boolean {
  switch (principal.kind) {
    case 'person': return (subject === 'user' && id === principal.user.id) || (subject === 'session' && id === principal.session);
    case 'wall': return subject === 'wall' && id === principal.wall.id;
    case 'device': return subject === 'device' && id === principal.device.id;
  }
}

/** Whether a person's rights are still those that the principal was made with. */
export function sameRights(before: User, now: User): boolean {
  const sites = (user: User): string => JSON.stringify(user.sites && [...user.sites].sort());
  return before.id === now.id && before.role === now.role && sites(before) === sites(now);
}

/** Stable name of the principal, for audit and idempotency: `user:<id>`, `wall:<id>`, `device:<id>`. */
export function actorOf(principal: Principal): string {
  switch (principal.kind) {
    case 'person': return `user:${principal.user.id}`;
    case 'wall': return `wall:${principal.wall.id}`;
    case 'device': return `device:${principal.device.id}`;
  }
}

export function actorName(principal: Principal): string {
  switch (principal.kind) {
    case 'person': return principal.user.name;
    case 'wall': return principal.wall.name;
    case 'device': return principal.device.name;
  }
}

const unauthorised = (): ApiError => new ApiError('unauthorised', 401, 'Sign in first.');

/** The principal of a request that passed an authentication hook. @throws ApiError `unauthorised` */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw unauthorised();
  return request.principal;
}

/** @throws ApiError `unauthorised` without a principal, `forbidden` when it is no person. */
export function personOf(request: FastifyRequest): PersonPrincipal {
  const principal = principalOf(request);
  if (principal.kind !== 'person') throw new ApiError('forbidden', 403, 'Only a person who signed in may do this.');
  return principal;
}

/** @throws ApiError `unauthorised` without a principal, `forbidden` when it is no device. */
export function deviceOf(request: FastifyRequest): DeviceIdentity {
  const principal = principalOf(request);
  if (principal.kind !== 'device') throw new ApiError('forbidden', 403, 'Only a paired device may do this.');
  return principal.device;
}
