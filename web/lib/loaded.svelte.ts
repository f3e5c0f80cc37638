/** Something asked from the hub: kept while it is asked for again, so that a page never goes blank. */
export interface Loaded<T> {
  /** The latest answer; undefined before the first. */
  data: T | undefined;
  /** Why the latest question failed; null when it did not. */
  readonly error: unknown;
  reload(): void;
}

/**
 * Asks now, and again whenever something that `ask` reads changes. Call while the component is being set up.
 * @param ask returns undefined when there is nothing to ask.
 */
export function loaded<T>(ask: () => Promise<T> | undefined): Loaded<T> {
  let data = $state.raw<T | undefined>();
  let error = $state.raw<unknown>(null);
  let round = $state(0);

  $effect(() => {
    void round;
    let current = true;
    ask()?.then(
      (answer) => {
        if (!current) return;
        data = answer;
        error = null;
      },
      (reason: unknown) => {
        if (current) error = reason;
      },
    );
    return () => {
      current = false;
    };
  });

  return {
    get data() {
      return data;
    },
    set data(value) {
      data = value;
    },
    get error() {
      return error;
    },
    reload() {
      round++;
    },
  };
}
