import type { NewRule, RulePreview } from '../../../contract/alerts.ts';

/** Long enough that a number being typed is asked about once. */
const QUIET_MS = 400;

/**
 * What a rule would have done, asked for when it has not changed for a moment. Call while the component is being set up.
 * @param draft the rule as the hub would take it; null while it does not fit.
 */
export function previewed(draft: () => NewRule | null, ask: (rule: NewRule, signal: AbortSignal) => Promise<RulePreview>) {
  let result = $state.raw<RulePreview | null>(null);
  let error = $state.raw<unknown>(null);
  let busy = $state(false);
  let round = $state(0);
  // Text, so that a change which changes nothing that the hub would see asks nothing.
  const asked = $derived.by(() => {
    const rule = draft();
    return rule === null ? null : JSON.stringify(rule);
  });

  $effect(() => {
    void round;
    if (asked === null) return;
    const rule = JSON.parse(asked) as NewRule;
    const abort = new AbortController();
    busy = true;
    const timer = setTimeout(() => {
      ask(rule, abort.signal).then(
        (answer) => {
          if (abort.signal.aborted) return;
          [result, error, busy] = [answer, null, false];
        },
        (reason: unknown) => {
          if (!abort.signal.aborted) [error, busy] = [reason, false];
        },
      );
    }, QUIET_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  });

  return {
    /** The latest answer; kept while the next is on its way. */
    get result() { return result; },
    get error() { return error; },
    /** Whether `result` is not about the draft as it stands. */
    get busy() { return busy && asked !== null; },
    retry() { round++; },
  };
}
