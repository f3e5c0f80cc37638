import { createHash } from 'node:crypto';
import { and, eq, lt } from '../store/drizzle.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Compile } from 'typebox/compile';
import { IDEMPOTENCY_HEADER, IdempotencyKey } from '../../../contract/index.ts';
import type { Clock } from '../clock.ts';
import type { Db, Store, Transaction } from '../store/store.ts';
import { ApiError, conflict, problem, PROBLEM_TYPE } from './problem.ts';
import { idempotencyKeysTable } from './tables.ts';

export const KEY_KEPT_MS = 24 * 3600_000;
const PURGE_EVERY_MS = 600_000;

const isKey = Compile(IdempotencyKey);

export interface Answer { status: number; body: unknown }

interface Command { actor: string; route: string; key: string; requestHash: string }

export interface Idempotency {
  /**
   * Does a command once and answers it. `work` runs within one transaction; what it resolves to is the answer, and a
   * repeat with the same actor, route and key gets that answer again without running. An ApiError below 500 that it
   * throws is kept as the answer too (429 is not). `actor` is a stable name, e.g. `user:<id>`.
   *
   * `scope` is the transaction's: commands that happen often name what they read in order to write, e.g. `alert <id>`.
   * It must follow from the request's address (which the key is kept with), so that repeats of one command on several
   * hubs meet in one scope and the later one finds the first one's answer.
   * @throws ApiError `invalid` without a usable Idempotency-Key, `conflict` when the key was used with another body.
   */
  answer(request: FastifyRequest, reply: FastifyReply, actor: string, work: (tx: Transaction) => Promise<Answer>, scope?: string): Promise<FastifyReply>;
}

function commandOf(request: FastifyRequest, actor: string): Command {
  const key = request.headers[IDEMPOTENCY_HEADER];
  if (typeof key !== 'string' || !isKey.Check(key)) {
    throw new ApiError('invalid', 422, 'Send an Idempotency-Key header of 8 to 64 letters, digits, "-" or "_", new for each command.', { errors: [{ path: `/headers/${IDEMPOTENCY_HEADER}`, message: 'is required' }] });
  }
  // The address holds the command's object, e.g. which alert: the same key for another one is another command.
  const route = `${request.method} ${request.url.split('?')[0]}`.slice(0, 500);
  return { actor, route, key, requestHash: createHash('sha256').update(textOf(request.body)).digest('base64url') };
}

/** A command may come without a schema of its body, so the body may be nested more deeply than can be written out again. */
function textOf(body: unknown): string {
  try {
    return JSON.stringify(body ?? null);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ApiError('malformed', 400, 'The body is nested too deeply. Send this command without a body.');
  }
}

const keptFailure = (error: unknown): error is ApiError => error instanceof ApiError && error.status < 500 && error.status !== 429;

/** Commands that happen once, however often they are sent. */
export function withIdempotency(store: Store, clock: Clock): Idempotency {
  const keys = store.use(idempotencyKeysTable);
  let purgedAt = clock();

  async function firstAnswer(db: Db, { actor, route, key, requestHash }: Command): Promise<{ status: number; body: string } | undefined> {
    const row = (await db.select().from(keys).where(and(eq(keys.actor, actor), eq(keys.route, route), eq(keys.key, key))).limit(1))[0];
    if (!row || row.createdAt < clock() - KEY_KEPT_MS) return undefined;
    if (row.requestHash !== requestHash) throw conflict('This Idempotency-Key was used for another request body. Use a new key for each command.');
    return { status: row.status, body: row.body };
  }

  /** On its own, not in a command's transaction: commands of different scopes would wait for each other's rows. */
  async function purge(): Promise<void> {
    const now = clock();
    if (now - purgedAt <= PURGE_EVERY_MS) return;
    purgedAt = now;
    await store.transaction(({ db }) => db.delete(keys).where(lt(keys.createdAt, now - KEY_KEPT_MS)), 'idempotency purge');
  }

  async function keep(tx: Transaction, command: Command, answer: { status: number; body: string }): Promise<void> {
    const row = { ...command, ...answer, createdAt: clock() };
    await tx.db.insert(keys).values(row).onConflictDoUpdate({ target: [keys.actor, keys.route, keys.key], set: row });
  }

  async function run(command: Command, work: (tx: Transaction) => Promise<Answer>, scope: string | undefined): Promise<{ status: number; body: string }> {
    try {
      // Transactions of one scope run one after another, so a second request with the key waits here and finds the row.
      return await store.transaction(async (tx) => {
        const first = await firstAnswer(tx.db, command);
        if (first) return first;
        const { status, body } = await work(tx);
        const answer = { status, body: body === undefined ? '' : JSON.stringify(body) };
        await keep(tx, command, answer);
        return answer;
      }, scope);
    } catch (error) {
      if (!keptFailure(error)) throw error;
      return store.transaction(async (tx) => {
        const first = await firstAnswer(tx.db, command);
        if (first) return first;
        const answer = { status: error.status, body: JSON.stringify(problem(error)) };
        await keep(tx, command, answer);
        return answer;
      }, scope);
    }
  }

  return {
    async answer(request, reply, actor, work, scope) {
      const command = commandOf(request, actor);
      await purge();
      const { status, body } = await run(command, work, scope);
      reply.code(status);
      if (body === '') return reply.send();
      return reply.header('content-type', status >= 400 ? PROBLEM_TYPE : 'application/json; charset=utf-8').send(body);
    },
  };
}
