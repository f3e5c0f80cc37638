export type { HttpApp } from './app-type.ts';
export { buildHttp, sendProblem, type HttpOptions } from './http.ts';
export { withIdempotency, type Answer, type Idempotency } from './idempotency.ts';
export { isAllowedOrigin } from './origin.ts';
export { ApiError, conflict, invalid, loggable, notFound, problem, PROBLEM_TYPE, rateLimited, toApiError, type FieldError } from './problem.ts';
export { limitKey, rateLimit, rateLimitPurge, type RateLimit } from './rate-limit.ts';
export { rateLimitsTable } from './tables.ts';
export { serveWeb } from './web.ts';
