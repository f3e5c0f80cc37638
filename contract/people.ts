import { Type, type Static } from 'typebox';
import { EpochMs, Id, Locale, Name } from './ids.ts';

export const ROLES = ['administrator', 'supervisor', 'floor', 'analyst', 'wall'] as const;
export type Role = (typeof ROLES)[number];
/** Roles that a person can have; `wall` belongs to screens only. */
export const PERSON_ROLES = ['administrator', 'supervisor', 'floor', 'analyst'] as const;

export const PERMISSIONS = ['floor.read', 'wall.read', 'alerts.handle', 'cameras.read', 'devices.read', 'devices.manage', 'sites.manage', 'users.manage', 'events.read', 'audit.read', 'rules.manage', 'duty.manage', 'reports.read'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** What each role may do, at the sites it was given. */
export const ROLE_PERMISSIONS: Record<Role, readonly Permission[]> = {
  administrator: PERMISSIONS,
  supervisor: ['floor.read', 'wall.read', 'alerts.handle', 'cameras.read', 'devices.read', 'devices.manage', 'rules.manage', 'duty.manage', 'reports.read'],
  floor: ['floor.read', 'wall.read', 'alerts.handle', 'cameras.read', 'devices.read'],
  analyst: ['floor.read', 'wall.read', 'cameras.read', 'events.read', 'reports.read'],
  wall: ['wall.read'],
};

const object = <P extends Record<string, import('typebox').TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });

export const Email = Type.String({ minLength: 3, maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+$' });
export const Password = Type.String({ minLength: 10, maxLength: 200 });

export const SignIn = object({ email: Email, password: Type.String({ minLength: 1, maxLength: 200 }) });
/** First administrator, with the one-time token that the hub printed. */
export const Setup = object({ token: Type.String({ minLength: 20, maxLength: 100 }), email: Email, name: Name, password: Password });
export const SetupState = object({ needed: Type.Boolean() });

export const User = object({
  id: Id, email: Email, name: Name, role: Type.Enum([...PERSON_ROLES]), locale: Locale,
  /** Sites that the person may see; null is every site. */
  sites: Type.Union([Type.Array(Id, { maxItems: 1000 }), Type.Null()]),
  disabled: Type.Boolean(),
});
export type User = Static<typeof User>;
export const NewUser = object({ email: Email, name: Name, role: Type.Enum([...PERSON_ROLES]), locale: Type.Optional(Locale), sites: Type.Union([Type.Array(Id, { maxItems: 1000 }), Type.Null()]), password: Password });
export const UserPatch = Type.Partial(object({ name: Name, role: Type.Enum([...PERSON_ROLES]), locale: Locale, sites: Type.Union([Type.Array(Id, { maxItems: 1000 }), Type.Null()]), disabled: Type.Boolean(), password: Password }), { additionalProperties: false });
export const PasswordChange = object({ current: Type.String({ minLength: 1, maxLength: 200 }), password: Password });

/** Who is signed in and what they may do. For a wall `user` is null. */
export const Me = object({
  user: Type.Union([User, Type.Null()]),
  role: Type.Enum([...ROLES]),
  permissions: Type.Array(Type.Enum([...PERMISSIONS])),
  sites: Type.Array(object({ id: Id, name: Name, timezone: Type.String() })),
});
export type Me = Static<typeof Me>;

export const AuditEntry = object({
  id: Type.Integer(), at: EpochMs, actor: Type.String(), actorName: Type.String(), action: Type.String(), target: Type.String(), detail: Type.Object({}, { additionalProperties: true }),
});
export type AuditEntry = Static<typeof AuditEntry>;
