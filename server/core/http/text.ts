import { invalid } from './problem.ts';

const NUL = '\0';

/**
 * Where a parsed body, query or set of parameters has the character U+0000, as a JSON pointer; undefined when nowhere.
 * PostgreSQL takes it in no text, so it is refused everywhere alike. Walks without recursion, however deep `value` is.
 */
export function findNul(value: unknown): string | undefined {
  const rest: { at: string; value: unknown }[] = [{ at: '', value }];
  for (let one = rest.pop(); one !== undefined; one = rest.pop()) {
    if (typeof one.value === 'string') {
      if (one.value.includes(NUL)) return one.at === '' ? '/' : one.at;
    } else if (typeof one.value === 'object' && one.value !== null) {
      for (const [key, inner] of Object.entries(one.value)) {
        if (key.includes(NUL)) return `${one.at}/${key.replaceAll(NUL, '')}`.slice(0, 200);
        rest.push({ at: one.at.length < 200 ? `${one.at}/${key}` : one.at, value: inner });
      }
    }
  }
  return undefined;
}

/** @throws ApiError `invalid` for text that the store does not take */
export function refuseNul(...inputs: unknown[]): void {
  for (const input of inputs) {
    const at = typeof input === 'object' && input !== null ? findNul(input) : undefined;
    if (at !== undefined) throw invalid(at.slice(0, 100), 'must not have the character U+0000');
  }
}
