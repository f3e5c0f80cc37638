import type { EventEnvelope } from '../../../contract/events.ts';
import type { EventsReply, RejectedEvent } from '../../../contract/rest.ts';
import type { Answer } from './device-api.ts';

/** What to do after a batch was sent. `delivered` and `refused` leave the queue; everything else stays in it. */
export interface Verdict {
  delivered: string[];
  refused: { id: string; code: string }[];
  then:
    | { go: 'on' }
    /** Try again after backoff; `reason` is for the maintenance screen. */
    | { go: 'later'; reason: string }
    | { go: 'after'; ms: number }
    /** The hub does not want anything from this device: keep everything and ask now and then. */
    | { go: 'blocked'; code: string }
    /** The batch as a whole was not understood: send half of it to find the event that is to blame. */
    | { go: 'smaller' };
}

/** A rejection that another attempt may cure, because it speaks of the hub and not of the event. */
const PASSING: ReadonlySet<string> = new Set(['storage_full', 'store_busy', 'store_unreachable', 'internal', 'unavailable', 'rate_limited']);
const DEFAULT_RETRY_MS = 5_000;

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function isRejection(value: unknown, size: number): value is RejectedEvent {
  if (typeof value !== 'object' || value === null) return false;
  const { index, code } = value as Record<string, unknown>;
  return isCount(index) && index < size && typeof code === 'string';
}

/** The hub's account of a batch of `size` events; undefined when it does not add up, so it is not the hub's. */
export function readReply(body: unknown, size: number): Pick<EventsReply, 'rejected'> | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { accepted, duplicates, rejected } = body as Record<string, unknown>;
  if (!isCount(accepted) || !isCount(duplicates) || !Array.isArray(rejected)) return undefined;
  const known: RejectedEvent[] = [];
  for (const item of rejected as unknown[]) {
    if (!isRejection(item, size)) return undefined;
    known.push(item);
  }
  return accepted + duplicates + known.length === size ? { rejected: known } : undefined;
}

function judgeReply(batch: readonly EventEnvelope[], rejected: readonly RejectedEvent[]): Verdict {
  const codes = new Map(rejected.map((item) => [item.index, item.code]));
  const delivered: string[] = [];
  const refused: Verdict['refused'] = [];
  let passing: string | null = null;
  for (const [index, event] of batch.entries()) {
    const code = codes.get(index);
    if (code === undefined) delivered.push(event.id);
    else if (PASSING.has(code)) passing = code;
    // The same id twice in one request: the other one was taken, so this one has arrived too.
    else if (code === 'duplicate_in_request') delivered.push(event.id);
    else refused.push({ id: event.id, code });
  }
  return { delivered, refused, then: passing === null ? { go: 'on' } : { go: 'later', reason: passing } };
}

const stay = (then: Verdict['then']): Verdict => ({ delivered: [], refused: [], then });

/**
 * Decides what became of a batch. Pure. An event is delivered only when the hub accounts for it (accepted or
 * duplicate), refused only when the hub rejects that very event for good; in all other cases it stays.
 */
export function judge(answer: Answer, batch: readonly EventEnvelope[]): Verdict {
  if (answer.kind === 'unreachable') return stay({ go: 'later', reason: 'unreachable' });
  const { status, code } = answer;
  const reply = readReply(answer.body, batch.length);
  if (status >= 200 && status < 300) return reply ? judgeReply(batch, reply.rejected) : stay({ go: 'later', reason: 'not_the_hub' });
  if (status === 401 || status === 403) return stay({ go: 'blocked', code: code ?? String(status) });
  if (status === 429) return stay({ go: 'after', ms: answer.retryAfterMs ?? DEFAULT_RETRY_MS });
  if (status === 400 || status === 413 || status === 422) {
    if (reply) return judgeReply(batch, reply.rejected);
    // Only problem details come from the hub; a proxy's own error page must not cost a press.
    if (code === null) return stay({ go: 'later', reason: String(status) });
    return batch.length > 1 ? stay({ go: 'smaller' }) : { delivered: [], refused: [{ id: batch[0]!.id, code }], then: { go: 'on' } };
  }
  return stay({ go: 'later', reason: code ?? String(status) });
}
