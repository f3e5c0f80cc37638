export { createAuth, type Auth, type AuthHook, type BearerResult } from './auth.ts';
export { clearCookie, cookiesOf, SESSION_COOKIE, setCookie, WALL_COOKIE } from './cookies.ts';
export {
  actorName, actorOf, can, canEverywhere, demand, demandEverywhere, deviceOf, isRevoked, personOf, principalOf, roleOf, sameRights, seesSite,
  type DeviceIdentity, type DevicePrincipal, type PersonPrincipal, type Principal, type WallIdentity, type WallPrincipal,
} from './principal.ts';
export { userOf } from './repository.ts';
export { createBusRevocations, createRevocations, type Revocation, type Revocations } from './revocations.ts';
export { normalEmail, SESSION_MS } from './rules.ts';
export { hashPassword, newSecret, passwordMatches, secretHash, secretMatches } from './secrets.ts';
export { usersTable } from './tables.ts';
