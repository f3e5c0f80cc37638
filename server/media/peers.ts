import { randomUUID } from 'node:crypto';
import type { Namespace } from 'socket.io';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Ack } from '../../contract/index.ts';
import type { MediaAdapter } from './adapter.ts';
import { readAck, refuse } from './intake.ts';

const Name = Type.String({ minLength: 1, maxLength: 64 });
const Ask = Type.Object({
  to: Name, from: Name, id: Name,
  node: Name,
  /** The connection that the asking hub believes the node to have. */
  connection: Name,
  event: Name,
  request: Type.Object({ camera: Name, site: Type.String({ maxLength: 64 }), name: Type.String({ maxLength: 1_000 }), payload: Type.Unknown() }),
});
/** A request for a node whose connection another hub holds. */
export type Ask = Static<typeof Ask>;
const isAsk = Compile(Ask);
const isAnswer = Compile(Type.Object({ to: Name, id: Name, ack: Type.Unknown() }));

const ASK = 'otklik:ask';
const ANSWER = 'otklik:answer';
const CHANGED = 'otklik:changed';
/** Requests to other hubs that may be under way at once. */
const MOST_ASKED = 5_000;

export interface PeersListener {
  /** Asks the node, whose connection this hub should hold. Never rejects. */
  answer(ask: Ask): Promise<Ack<unknown>>;
  /** Places or nodes changed at another hub. */
  changed(): void;
}

/**
 * What hubs say to one another about cameras and nodes. Requests go by socket.io's server-side events and not by an
 * acknowledged broadcast to the node's room: that one waits for the answer of every hub, so that a single hub that
 * hangs would hold up every request in the chain. Everything may get lost; whoever waits is told in time.
 */
export class Peers {
  readonly #space: Namespace;
  readonly #hub: string;
  readonly #adapter: MediaAdapter | undefined;
  readonly #asked = new Map<string, (answer: Ack<unknown>) => void>();

  constructor(space: Namespace, hub: string, adapter: MediaAdapter | undefined) {
    this.#space = space;
    this.#hub = hub;
    this.#adapter = adapter;
  }

  /** Whether other hubs can be spoken to now. */
  get live(): boolean { return this.#adapter?.live ?? false; }

  listen(listener: PeersListener): void {
    this.#space.on(ASK, (ask: unknown) => {
      if (!isAsk.Check(ask) || ask.to !== this.#hub) return;
      void listener.answer(ask).then((ack) => this.#say(ANSWER, { to: ask.from, id: ask.id, ack }));
    });
    this.#space.on(ANSWER, (answer: unknown) => {
      if (isAnswer.Check(answer) && answer.to === this.#hub) this.#asked.get(answer.id)?.(readAck(answer.ack));
    });
    this.#space.on(CHANGED, () => listener.changed());
    this.#adapter?.onLive((live) => { if (live) listener.changed(); });
  }

  /** Tells the other hubs to look into the store now; those who do not hear it look a little later by themselves. */
  tellChanged(): void {
    this.#say(CHANGED, {});
  }

  /** Ends connections in a room, at every hub. */
  disconnect(room: string): void {
    this.#space.in(room).disconnectSockets(true);
  }

  /** Asks another hub's node. Every failure, also no answer within `ms`, is an acknowledgement with a code. */
  ask(ask: Omit<Ask, 'from' | 'id'>, ms: number): Promise<Ack<unknown>> {
    if (!this.live) return Promise.resolve(refuse('media_failed', 'the vision node is connected to another hub, which cannot be reached now: start again'));
    if (this.#asked.size >= MOST_ASKED) return Promise.resolve(refuse('media_failed', 'too many requests are under way between the hubs: start again'));
    const id = randomUUID();
    return new Promise((resolve) => {
      const done = (answer: Ack<unknown>): void => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(() => done(refuse('media_failed', 'the vision node\'s hub did not answer in time: start again')), ms);
      this.#asked.set(id, done);
      this.#say(ASK, { ...ask, from: this.#hub, id } satisfies Ask);
    });
  }

  /** Answers everything that still waits. */
  close(): void {
    for (const done of [...this.#asked.values()]) done(refuse('media_failed', 'this hub is closing: start again'));
  }

  #say(event: string, message: object): void {
    // socket.io's own adapter, of one hub, has nobody to say it to and warns about it.
    if (this.live) this.#space.serverSideEmit(event, message);
  }
}
