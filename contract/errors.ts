import { Type, type Static } from 'typebox';

/** Stable codes that programs may rely on. Messages may change, codes do not. */
export const ERROR_CODES = [
  // requests
  'malformed', 'invalid', 'too_large', 'not_found', 'method_not_allowed', 'rate_limited', 'conflict', 'unavailable', 'internal',
  // who asks
  'unauthorised', 'forbidden', 'bad_origin', 'bad_credentials', 'signin_delayed', 'setup_done', 'setup_token_invalid',
  // events
  'nothing_usable', 'forbidden_type', 'forbidden_site', 'unknown_type', 'unknown_touchpoint', 'body_too_large', 'too_old', 'in_future', 'duplicate_in_request',
  // devices and pairing
  'pairing_unknown', 'pairing_expired', 'pairing_taken', 'device_revoked',
  // alerts
  'already_claimed', 'already_resolved', 'not_yours', 'wrong_state', 'unknown_cause', 'rule_too_loud', 'rule_built_in',
  // duty and notices
  'channel_unavailable', 'delivery_failed',
  // files
  'file_unusable',
  // live
  'unknown_channel', 'forbidden_channel', 'too_many_subscriptions',
  // media
  'no_vision_node', 'bad_sdp', 'camera_unknown', 'media_failed', 'not_set_up', 'setup_closed', 'not_in_this_profile', 'source_unusable',
  // store
  'storage_full', 'store_busy', 'store_unreachable',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** RFC 9457 problem details, as `application/problem+json`. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.Enum([...ERROR_CODES]),
  detail: Type.Optional(Type.String()),
  /** Fields that were wrong, as JSON pointers with what to do. */
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
}, { $id: 'Problem', additionalProperties: true });
export type Problem = Static<typeof Problem>;
