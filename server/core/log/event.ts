import { createHash } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { AnyEvent, BodyOf, EventType } from '../../../contract/index.ts';

/** The name under which the hub's own events stand in the log. */
export const HUB_DEVICE = 'hub';

/** An event ready to be appended; `offset` and `received` are given by the log. */
export interface NewEvent {
  id: string;
  type: string;
  site: string;
  at: number;
  device: string;
  touchpoint: string | null;
  /** What was added to the sender's clock to get `at`, ms. */
  skew: number;
  /** The body as JSON text: stored and sent as it is. */
  body: string;
  /** The same body as an object, where the appender has it at hand: saves parsing it again. */
  parsed?: object;
}

/** A committed event as another hub sent it: its wire form is made already. */
export interface WireEvent { site: string; type: string; json: string }

/** A committed event with its wire form made once; the parsed form is made only when somebody asks. */
export class LogEvent {
  readonly offset: number;
  readonly site: string;
  readonly type: string;
  readonly received: number;
  /** `AnyEvent` as JSON text, as every subscriber gets it. */
  readonly json: string;
  #event: AnyEvent | undefined;
  #source: NewEvent | undefined;

  constructor(event: NewEvent | WireEvent, offset: number, received: number) {
    this.offset = offset;
    this.site = event.site;
    this.type = event.type;
    this.received = received;
    if ('json' in event) { this.json = event.json; return; }
    if (event.parsed) this.#source = event;
    const touchpoint = event.touchpoint === null ? 'null' : JSON.stringify(event.touchpoint);
    this.json = `{"offset":${offset},"id":"${event.id}","type":"${event.type}","site":"${event.site}","at":${event.at},"received":${received},"device":${JSON.stringify(event.device)},"touchpoint":${touchpoint},"body":${event.body}}`;
  }

  get event(): AnyEvent {
    return (this.#event ??= this.#source ? this.#fromSource(this.#source) : JSON.parse(this.json) as AnyEvent);
  }

  #fromSource({ id, at, device, touchpoint, parsed }: NewEvent): AnyEvent {
    this.#source = undefined;
    return { offset: this.offset, id, type: this.type, site: this.site, at, received: this.received, device, touchpoint, body: parsed } as AnyEvent;
  }
}

/** Identifiers in the order in which they were made. The plain function draws every character's randomness on its own, 70 µs each. */
const nextUlid = monotonicFactory();

interface HubEventOptions {
  touchpoint?: string | null;
  /** The same key always gives the same id, so that a repeated attempt is a duplicate. */
  key?: string;
}

/** An event that the hub itself states, e.g. `alert.opened`; `at` in epoch ms. */
export function hubEvent<T extends EventType>(site: string, type: T, at: number, body: BodyOf<T>, options: HubEventOptions = {}): NewEvent {
  return {
    id: options.key === undefined ? nextUlid() : keyedUlid(options.key), type, site, at, device: HUB_DEVICE,
    touchpoint: options.touchpoint ?? null, skew: 0, body: JSON.stringify(body),
  };
}

const BASE32 = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** An identifier of a ULID's form that is a hash of `key`, all of it: the same key gives the same id at any time. */
export function keyedUlid(key: string): string {
  let id = '';
  for (const byte of createHash('sha256').update(key).digest().subarray(0, 26)) id += BASE32[byte & (id === '' ? 7 : 31)]!;
  return id;
}
