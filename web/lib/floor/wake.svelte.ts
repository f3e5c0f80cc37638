/** `unsupported`: the browser cannot keep the screen on; `refused`: it does not now, for example on a low battery. */
export type WakeState = 'off' | 'on' | 'refused' | 'unsupported';

/** Keeps the screen on while the inbox is looked at. */
class Wake {
  #state = $state<WakeState>('off');
  #lock: WakeLockSentinel | null = null;
  #wanted = false;

  get state(): WakeState {
    return this.#state;
  }

  /** From now on, until the returned function is called; asked for again whenever the page comes back to the front. */
  hold(): () => void {
    if (!('wakeLock' in navigator)) {
      this.#state = 'unsupported';
      return () => undefined;
    }
    this.#wanted = true;
    const onVisible = () => void this.#ask();
    document.addEventListener('visibilitychange', onVisible);
    void this.#ask();
    return () => {
      this.#wanted = false;
      document.removeEventListener('visibilitychange', onVisible);
      void this.#lock?.release();
      this.#lock = null;
      this.#state = 'off';
    };
  }

  async #ask(): Promise<void> {
    if (!this.#wanted || document.visibilityState !== 'visible' || (this.#lock && !this.#lock.released)) return;
    try {
      const lock = await navigator.wakeLock.request('screen');
      if (!this.#wanted) return await lock.release();
      this.#lock = lock;
      this.#state = 'on';
    } catch (error) {
      this.#state = 'refused';
      console.info('the screen may go dark', error);
    }
  }
}

export const wake = new Wake();
