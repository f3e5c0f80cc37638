import type { AnyEvent, ChannelKind } from '../../../contract/index.ts';
import type { LogEvent } from '../log/event.ts';

/**
 * How the state of one kind of channel is made: `seed` gives the state as it was at some offset, the fan-out folds every
 * later event of `types` onto it with `apply`, in offset order.
 */
export interface ViewSpec<S = unknown> {
  kind: ChannelKind;
  types: ReadonlySet<string>;
  /** Whether ephemeral samples of the site go to this channel. */
  samples: boolean;
  /** The state at `offset`. @throws when the site is not known. */
  seed(site: string, now: number): Promise<{ state: S; offset: number }>;
  /** An event as this channel tells it, when not everything in it may be told; as it is when this is left out. */
  show?(event: LogEvent): LogEvent;
  /** Changes the state in place. */
  apply(state: S, event: AnyEvent): void;
  /** When the state must be seeded anew (epoch ms), e.g. at the end of its day. */
  expiresAt?(state: S): number;
}
