import { Type, type Static, type TSchema } from 'typebox';
import { DUTY_ROLES } from './duty-words.ts';
import { EpochMs, Id, Name } from './ids.ts';
import { PERSON_ROLES } from './people.ts';

export * from './duty-words.ts';

const object = <P extends Record<string, TSchema>>(properties: P) => Type.Object(properties, { additionalProperties: false });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const DutyRoleType = Type.Enum([...DUTY_ROLES]);
const Minute = Type.Integer({ minimum: 0, maximum: 1440 });

const shiftFields = {
  name: Name,
  /** 1 is Monday; by the site's clock; `to` not above `from` ends on the next day. */
  days: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), { minItems: 1, maxItems: 7 }),
  from: Minute, to: Minute,
  people: Type.Array(object({ user: Id, role: DutyRoleType, /** Null: the whole site. */ zones: nullable(Type.Array(Id, { minItems: 1, maxItems: 50 })) }), { maxItems: 50 }),
};
/** A shift of every week: when, and who is where. */
export const Shift = object({ id: Id, site: Id, ...shiftFields });
export type Shift = Static<typeof Shift>;
export const NewShift = object(shiftFields);
export type NewShift = Static<typeof NewShift>;

/** A person who is on duty now, by a shift or by their own word. */
export const OnDuty = object({
  user: Id, name: Name, role: DutyRoleType, zones: nullable(Type.Array(Id)),
  shift: nullable(Id), until: nullable(EpochMs),
  /** When their console was last in sight; null if not within the last day. */
  seenAt: nullable(EpochMs),
  /** How they can be told now: a console in sight, push, mail, Telegram. Empty: not at all. */
  reach: Type.Array(Type.Enum(['console', 'push', 'email', 'telegram'])),
});
export type OnDuty = Static<typeof OnDuty>;
/** `GET /api/v1/sites/:site/duty` */
export const DutyBoard = object({ people: Type.Array(OnDuty), shift: nullable(object({ id: Id, name: Name, endsAt: EpochMs })) });
export type DutyBoard = Static<typeof DutyBoard>;
/**
 * `GET /api/v1/sites/:site/people` (duty.manage or rules.manage): everybody with access to the site whom a roster or a
 * rule can name, by name; `reach` as in `OnDuty`. Disabled people are left out.
 */
export const SitePeople = object({ people: Type.Array(object({ id: Id, name: Name, role: Type.Enum([...PERSON_ROLES]), reach: OnDuty.properties.reach })) });
export type SitePeople = Static<typeof SitePeople>;
/**
 * `PUT /api/v1/sites/:site/duty`: a person comes or goes outside the roster. `until` null: until they say so; left out, or when
 * going: until the end of the shift.
 */
export const DutyChange = object({ on: Type.Boolean(), zones: Type.Optional(nullable(Type.Array(Id, { minItems: 1, maxItems: 50 }))), until: Type.Optional(nullable(EpochMs)) });
export type DutyChange = Static<typeof DutyChange>;
