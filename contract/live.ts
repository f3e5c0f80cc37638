// The parts of the live protocol that a page runs: free of schemas, so that TypeBox stays out of the page.

/** Raised only when old clients could not understand the server. */
export const PROTOCOL_VERSION = 1;

/** What can be watched. `floor` the administrator's page, `wall` the waiting area, `cameras` and `devices` for installers. */
export const CHANNEL_KINDS = ['floor', 'wall', 'cameras', 'devices'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];
export type ChannelName = `${ChannelKind}:${string}`;

/** Splits `floor:<site>`; undefined when it is no channel. */
export function parseChannel(name: string): { kind: ChannelKind; site: string } | undefined {
  const match = /^(floor|wall|cameras|devices):([a-z0-9][a-z0-9-]{0,63})$/.exec(name);
  return match ? { kind: match[1] as ChannelKind, site: match[2]! } : undefined;
}

/** What a client does with a message that covers `from`+1 … `to` when it stands at `last`. */
export type Step = 'apply' | 'drop' | 'resume';

/** Rule P12 of PROTOCOL.md: never skip, never repeat. */
export function stepFor(last: number, from: number, to: number): Step {
  if (to <= last) return 'drop';
  return from > last ? 'resume' : 'apply';
}

/**
 * Wait before reconnect attempt `attempt` (0, 1, 2 …): full jitter over an exponentially growing cap,
 * 250 ms to 15 s. `random` is 0..1.
 */
export function backoffMs(attempt: number, random: number): number {
  const cap = Math.min(15_000, 250 * 2 ** Math.min(attempt, 16));
  return Math.round(random * cap);
}
