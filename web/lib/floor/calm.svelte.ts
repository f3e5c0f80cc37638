/** A value that follows another, at once after a pause and at most every `gap` ms in a storm. Call while a component is set up. */
export function calm<T>(read: () => T, gap: number): { readonly current: T } {
  let current = $state.raw(read());
  let at = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let latest = current;

  const take = () => {
    timer = undefined;
    at = performance.now();
    current = latest;
  };
  $effect(() => {
    latest = read();
    if (timer !== undefined) return;
    const wait = at + gap - performance.now();
    if (wait <= 0) take();
    else timer = setTimeout(take, wait);
  });
  $effect(() => () => clearTimeout(timer));
  return {
    get current() {
      return current;
    },
  };
}
