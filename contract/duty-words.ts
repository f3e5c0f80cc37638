// The words and times of duty without schemas, so that pages can use them and TypeBox stays out of them.

/** `floor` is told first (those of the zone, then the others), `second` when nobody took it, `manager` at last. */
export const DUTY_ROLES = ['floor', 'second', 'manager'] as const;
export type DutyRole = (typeof DUTY_ROLES)[number];
/** `POST /api/v1/sites/:site/presence`: a console tells every half minute while it is in sight. */
export const PRESENCE_MS = 30_000;
/** A console not heard for this long is out of sight. */
export const PRESENCE_GONE_MS = 75_000;
