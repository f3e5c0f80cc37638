/** What was taken back: every open socket and cached answer that rests on it must go at once. */
export interface Revocation { subject: 'session' | 'user' | 'wall' | 'device'; id: string }

/** Tells of revocations within this process, after they are committed. Ids of sessions are their hashes. */
export interface Revocations {
  /** Returns how to stop. */
  subscribe(listener: (revocation: Revocation) => void): () => void;
  emit(revocation: Revocation): void;
}

export function createRevocations(): Revocations {
  const listeners = new Set<(revocation: Revocation) => void>();
  return {
    subscribe(listener) {
      listeners.add(listener);
      return () => { listeners.delete(listener); };
    },
    emit(revocation) {
      for (const listener of [...listeners]) listener(revocation);
    },
  };
}
