import type { FastifyReply, FastifyRequest } from 'fastify';
import cookie from '@fastify/cookie';
import Fastify from 'fastify';
import { beforeAll, describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { IDEMPOTENCY_HEADER, IdempotencyKey } from '../../contract/index.ts';
import { ConfigError, HubConfig, readConfig, summarise } from '../config.ts';
import { createAuth, SESSION_COOKIE } from '../core/auth/index.ts';
import { cookiesOf } from '../core/auth/cookies.ts';
import { ApiError, isAllowedOrigin, toApiError, withIdempotency } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { mutateText, pick, rubbish, type Random } from './testing/mutate.ts';
import { attempt, demandCleanPrototypes, demandRefusal, describeInput } from './testing/properties.ts';
import { NOW } from './testing/samples.ts';

const EACH = 5_000;
const LONG = 120_000;
const WORD = 'A'.repeat(43);

/** A header's value mutated, left alone or left out. */
function headerOf(random: Random, usual: readonly string[]): string | undefined {
  const value = pick(random, usual);
  return random.chance(0.15) ? undefined : random.chance(0.2) ? value : mutateText(random, value);
}

describe('mutated settings', () => {
  it('are refused by name, or are settings that fit; the password stays out of the log', () => {
    const random = seededRandom(testSeed('settings'));
    const secret = 'a very secret word';
    const usual: Record<string, string> = {
      OTKLIK_HOST: '127.0.0.1', OTKLIK_PORT: '8400', OTKLIK_DATA_DIR: 'data', OTKLIK_WEB_DIR: 'web', OTKLIK_ORIGINS: 'https://a.example,http://b.example:81', OTKLIK_TRUST_PROXY: 'yes', OTKLIK_ADMIN_EMAIL: 'a@b.example',
      OTKLIK_VISION: 'off', OTKLIK_LOG_LEVEL: 'info', OTKLIK_TLS_CERT: 'cert.pem', OTKLIK_TLS_KEY: 'key.pem', OTKLIK_DEVICE_EVENTS_PER_SECOND: '200', OTKLIK_STOP_TIMEOUT_MS: '8000',
    };
    let accepted = 0;
    for (let i = 0; i < EACH; i++) {
      const env: Record<string, string | undefined> = { ...usual, OTKLIK_ADMIN_PASSWORD: secret };
      for (let n = random.below(3); n >= 0; n--) { const name = pick(random, Object.keys(usual)); env[name] = mutateText(random, usual[name]!); }
      attempt(env, () => {
        try {
          const config = readConfig(env);
          accepted += 1;
          expect(Value.Check(HubConfig, config)).toBe(true);
          expect(summarise(config).join('\n')).not.toContain(secret);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          expect(error.message).toMatch(/OTKLIK_[A-Z_]+/);
          expect(error.message.length).toBeLessThan(3_000);
          expect(error.message).not.toContain(secret);
        }
      });
    }
    console.log(`settings: ${EACH}, ${accepted} accepted`);
    expect(accepted).toBeGreaterThan(EACH / 20);
  }, LONG);
});

describe('mutated origins', () => {
  it('open nothing to another site, whatever the headers hold', () => {
    const random = seededRandom(testSeed('origins'));
    let allowed = 0;
    for (let i = 0; i < 2 * EACH; i++) {
      const headers = {
        host: headerOf(random, ['hub.local:8400', '127.0.0.1', '[::1]:80']), origin: headerOf(random, ['http://hub.local:8400', 'https://evil.example', 'null']),
        referer: headerOf(random, ['http://hub.local:8400/floor', 'https://evil.example/x']), cookie: headerOf(random, ['a=b']),
        'sec-fetch-site': headerOf(random, ['same-origin', 'cross-site', 'same-site', 'none']), 'x-forwarded-host': headerOf(random, ['shop.example']), 'x-forwarded-proto': headerOf(random, ['https']),
      };
      const config = { origins: ['https://shop.example'], trustProxy: random.chance(0.3) };
      const given = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
      attempt({ given, config }, () => {
        const yes = isAllowedOrigin({ headers: given }, config);
        if (!yes) return;
        allowed += 1;
        expect(given['sec-fetch-site']).not.toBe('cross-site');
        if (given['origin'] === undefined) return;
        const { host, origin } = new URL(given['origin']);
        const own = [given['host'], config.trustProxy ? given['x-forwarded-host']?.split(',').at(-1)?.trim() : undefined].flatMap((name) => ['http', 'https'].map((scheme) => `${scheme}://${name}`)).filter((url) => URL.canParse(url)).map((url) => new URL(url).host);
        expect(own.includes(host) || origin === 'https://shop.example').toBe(true);
      });
    }
    console.log(`origins: ${2 * EACH}, ${allowed} allowed`);
    expect(allowed).toBeGreaterThan(EACH / 20);
  }, LONG);
});

/** A store that knows nobody. */
const emptyStore = (onCommand: () => Promise<never>): Store => ({ use: () => ({}), read: async () => undefined, transaction: onCommand }) as unknown as Store;

describe('mutated credentials', () => {
  // The cookie parser of the package works once the package is registered, as the hub does before it listens.
  beforeAll(async () => { await Fastify().register(cookie).ready(); });

  it('open nothing; a token is looked up only when it could be one', async () => {
    const random = seededRandom(testSeed('credentials'));
    const seen: string[] = [];
    const auth = createAuth({ store: emptyStore(() => Promise.reject(new Error('a command'))), clock: () => NOW, config: { adminEmail: null, adminPassword: null } });
    auth.setBearer(async (token) => { seen.push(token); return { state: 'unknown' }; });
    for (let i = 0; i < EACH; i++) {
      const authorization = headerOf(random, [`Bearer ${WORD}`, `bearer  ${WORD}`, 'Basic YTpi']);
      const cookie = headerOf(random, [`${SESSION_COOKIE}=${WORD}`, `a=b; ${SESSION_COOKIE}=${WORD}; otklik_wall=${WORD}`, `${SESSION_COOKIE}="${WORD}"; __proto__=x; constructor=y`]);
      const headers = { ...(authorization === undefined ? {} : { authorization }), ...(cookie === undefined ? {} : { cookie }) };
      try {
        expect(await auth.authenticate(headers)).toBeNull();
      } catch (error) {
        if (!(error instanceof ApiError)) throw new Error(`failed for ${describeInput(headers)}`, { cause: error });
        demandRefusal({ code: error.code, message: error.message });
      }
    }
    for (const token of seen) expect(token).toMatch(/^[\x21-\x7e]{1,256}$/);
    expect(seen.length).toBeGreaterThan(EACH / 20);
    demandCleanPrototypes();
  }, LONG);

  it('in cookies never throw and never add up to more than the header', () => {
    const random = seededRandom(testSeed('cookies'));
    for (let i = 0; i < EACH; i++) {
      const header = mutateText(random, pick(random, [`${SESSION_COOKIE}=${WORD}; a=%20`, 'a="b;c"; =; ;;=x', '__proto__=1; constructor=2', 'a=%E0%A4%A; b=%'])).repeat(random.chance(0.05) ? 400 : 1);
      attempt(header, () => {
        const cookies = cookiesOf(header);
        expect(Object.values(cookies).join('').length).toBeLessThanOrEqual(header.length);
        if (header.length > 8_192) expect(cookies).toEqual({});
      });
    }
  }, LONG);
});

describe('mutated commands', () => {
  it('run only with a key of the one form, and whatever their body is, fail with a code', async () => {
    const random = seededRandom(testSeed('commands'));
    let ran = 0;
    const idempotency = withIdempotency(emptyStore(() => { ran += 1; return Promise.reject(new ApiError('unavailable', 503, 'the store is away')); }), () => NOW);
    for (let i = 0; i < EACH; i++) {
      const key = random.chance(0.1) ? rubbish(random) : headerOf(random, ['01K7AAAAAAAAAAAAAAAAAAAAAA', 'abcd-efgh_1']);
      const request = { headers: { [IDEMPOTENCY_HEADER]: key }, method: 'POST', url: mutateText(random, '/api/v1/alerts/a/claim?x=1'), body: rubbish(random, 4) } as unknown as FastifyRequest;
      const before = ran;
      const failure: unknown = await idempotency.answer(request, {} as FastifyReply, 'user:a', () => Promise.reject(new Error('unreachable'))).catch((error: unknown) => error);
      if (!(failure instanceof ApiError)) throw new Error(`failed for ${describeInput({ key, body: request.body })}`, { cause: failure });
      demandRefusal({ code: failure.code, message: failure.message });
      if (ran > before) expect(Value.Check(IdempotencyKey, key)).toBe(true);
      else expect(failure.status).toBeLessThan(500);
    }
    expect(ran).toBeGreaterThan(EACH / 20);
  }, LONG);

  // Found by the fuzzer: a body that JSON can read may be too deep for JSON to write, and that was an internal failure.
  it('are refused as malformed when their body is nested more deeply than can be compared', async () => {
    const idempotency = withIdempotency(emptyStore(() => Promise.reject(new Error('unreachable'))), () => NOW);
    const body: unknown = JSON.parse('['.repeat(30_000) + ']'.repeat(30_000));
    const request = { headers: { [IDEMPOTENCY_HEADER]: 'abcd-efgh' }, method: 'POST', url: '/api/v1/alerts/a/claim', body } as unknown as FastifyRequest;
    await expect(idempotency.answer(request, {} as FastifyReply, 'user:a', () => Promise.reject(new Error('unreachable')))).rejects.toMatchObject({ code: 'malformed', status: 400 });
  });
});

describe('whatever is thrown', () => {
  // Found by the fuzz below: half a status is none.
  it.each([413.5, 400.000001, Number.NaN, '404'])('is no client error because its status is %s', (statusCode) => {
    expect(toApiError(Object.assign(new Error('inside'), { statusCode }))).toMatchObject({ code: 'internal', status: 500 });
  });

  it('becomes an answer with a code and no details of what is inside', () => {
    const random = seededRandom(testSeed('errors'));
    for (let i = 0; i < EACH; i++) {
      const thrown = random.chance(0.5) ? rubbish(random, 3) : Object.assign(new Error('inside'), { statusCode: rubbish(random, 1), code: rubbish(random, 1), validation: random.chance(0.5) ? rubbish(random, 0) : Array.from({ length: random.below(30) }, () => ({ instancePath: mutateText(random, '/a/b'), message: mutateText(random, 'must be a string'), params: { additionalProperties: [mutateText(random, 'x'.repeat(500))] } })) });
      attempt(thrown, () => {
        const { code, status, message, extra } = toApiError(thrown);
        demandRefusal({ code, message: message.slice(0, 300) });
        expect(message.length).toBeLessThanOrEqual(1_000);
        expect(message).not.toContain('inside');
        expect(Number.isInteger(status) && status >= 400 && status <= 599).toBe(true);
        for (const error of extra.errors ?? []) expect(error.message.length).toBeLessThanOrEqual(300);
      });
    }
  }, LONG);
});
