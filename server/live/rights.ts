/** How often rights are asked for again: while notices of revocations arrive at once, and while they may not. */
export const RIGHTS_MS = { heard: 30_000, unheard: 2_000 } as const;

export interface RightsOptions<P> {
  /** What is open now, by whose right. */
  open(): readonly P[];
  /** Those of them that hold no more. */
  findRevoked(principals: readonly P[]): Promise<P[]>;
  /** Ends what rests on these rights. */
  close(ended: ReadonlySet<P>): void;
  /** Whether notices of other hubs arrive as they are sent. */
  busLive(): boolean;
  onError(error: unknown, where: string): void;
}

/**
 * Notices of revocations may be lost between hubs, so the rights that open sockets rest on are asked for again and
 * again. Call it every `RIGHTS_MS.unheard`; it asks when it is time. While the store cannot be read everything stays
 * open: nobody's right is known to have ended, and what is on the screens is all that the floor has.
 */
export function createRightsWatch<P>({ open, findRevoked, close, busLive, onError }: RightsOptions<P>) {
  let askedAt = -Infinity;
  /** Whether a notice may have been lost since the store was last asked. */
  let unheard = false;
  let asking: Promise<void> | undefined;

  async function ask(): Promise<void> {
    try {
      const ended = await findRevoked(open());
      if (ended.length > 0) close(new Set(ended));
    } catch (error) {
      unheard = true;
      onError(error, 'check of the rights of live sockets');
    }
  }

  return {
    /** `now`: ms of any steady clock. */
    async tick(now: number): Promise<void> {
      const lost = !busLive();
      if (!lost && !unheard && now - askedAt < RIGHTS_MS.heard) return;
      // One question at a time: a slow store is not asked more because it is slow.
      if (asking) return asking;
      askedAt = now;
      unheard = lost;
      asking = ask().finally(() => { asking = undefined; });
      return asking;
    },
  };
}
