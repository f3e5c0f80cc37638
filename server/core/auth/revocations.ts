import { createLocalBus, type Bus } from '../bus/bus.ts';

/** What was taken back: every open socket and cached answer that rests on it must go at once. */
export interface Revocation { subject: 'session' | 'user' | 'wall' | 'device'; id: string }

/** Tells of revocations after they are committed. Ids of sessions are their hashes. */
export interface Revocations {
  /** Returns how to stop. */
  subscribe(listener: (revocation: Revocation) => void): () => void;
  emit(revocation: Revocation): void;
}

/**
 * Revocations for every hub of the bus: this hub's listeners are called before `emit` returns, those of the others as
 * soon as the notice arrives. The bus may lose it, so whoever keeps something open on a right also asks
 * `auth.findRevoked` now and then, and whoever caches a right forgets it after a few seconds.
 */
export function createBusRevocations(bus: Pick<Bus, 'publishNotice' | 'onNotice'>): Revocations {
  const listeners = new Set<(revocation: Revocation) => void>();
  bus.onNotice((notice) => {
    if (notice.topic !== 'revoked') return;
    for (const listener of [...listeners]) listener({ subject: notice.subject, id: notice.id });
  });
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
    emit: ({ subject, id }) => bus.publishNotice({ topic: 'revoked', subject, id }),
  };
}

/** Revocations of a hub that is alone. */
export const createRevocations = (): Revocations => createBusRevocations(createLocalBus());
