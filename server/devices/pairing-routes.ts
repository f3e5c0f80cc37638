import { Type } from 'typebox';
import { Device, NewPairing, Pairing, PairingClaim, PairingConfirm, PairingInfo, PairingState } from '../../contract/index.ts';
import { principalOf, type Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { rateLimit, rateLimited, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { Pairings } from './pairings.ts';

const CodeParams = Type.Object({ code: Type.String({ pattern: '^[0-9]{6}$' }) });
const MINUTE = 60_000;
const CREATED_PER_MINUTE = 10;
/** Twice what a device that keeps to `pollMs` asks; at one address wait at most so many times that. */
const POLLS_PER_MINUTE = 60;
const ADDRESS_POLLS_PER_MINUTE = 40 * POLLS_PER_MINUTE;
const tags = ['pairing'];

export function pairingRoutes(app: HttpApp, { store, auth, pairings, clock }: { store: Store; auth: Auth; pairings: Pairings; clock: Clock }): void {
  const creations = rateLimit(store, 'pairing', CREATED_PER_MINUTE, MINUTE, clock);
  const polls = rateLimit(store, 'pairing poll', POLLS_PER_MINUTE, MINUTE, clock);
  const addressPolls = rateLimit(store, 'pairing polls', ADDRESS_POLLS_PER_MINUTE, MINUTE, clock);

  app.post('/api/v1/pairings', {
    schema: { tags, summary: 'A device asks to be taken in: it shows the code and keeps the secret', body: NewPairing, response: { 201: Pairing } },
  }, async (request, reply) => {
    const wait = await creations.take(request.ip);
    if (wait > 0) throw rateLimited(wait);
    return reply.code(201).send(await pairings.create(request.body));
  });

  app.get('/api/v1/pairings/:code', {
    onRequest: auth.requirePermission('devices.manage'),
    schema: { tags, summary: 'What waits behind a code', security: [{ session: [] }], params: CodeParams, response: { 200: PairingInfo } },
  }, async (request) => pairings.info(request.params.code));

  app.post('/api/v1/pairings/:code/confirm', {
    onRequest: auth.requirePermission('devices.manage'),
    schema: { tags, summary: 'Take the device in at a site', security: [{ session: [] }], params: CodeParams, body: PairingConfirm, response: { 200: Device } },
  }, async (request) => pairings.confirm(principalOf(request), request.params.code, request.body));

  app.post('/api/v1/pairings/:code/token', {
    schema: { tags, summary: 'The device polls: pending, or its token, once', params: CodeParams, body: PairingClaim, response: { 200: PairingState } },
  }, async (request) => {
    // The address first: made-up codes must not fill the store.
    const wait = await addressPolls.take(request.ip) || await polls.take(`${request.ip} ${request.params.code}`);
    if (wait > 0) throw rateLimited(wait);
    return pairings.claim(request.params.code, request.body.secret);
  });
}
