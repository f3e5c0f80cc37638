import type { seededRandom } from '../../core/testing/random.ts';

export type Random = ReturnType<typeof seededRandom>;

export const pick = <T>(random: Random, list: readonly T[]): T => list[random.below(list.length)]!;

const NUMBERS = [
  0, -0, 1, -1, 2, 0.5, -0.5, 11, 12, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53), 1e15, 1e21, 1e100, 1e308, -1e308,
  Number.MAX_VALUE, Number.MIN_VALUE, Number.EPSILON, 4_102_444_800_000, 4_102_444_800_001, 100_000, 100_001,
];
/** What JSON cannot carry, but a caller in the same process could hand over. */
const NO_NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
const TEXTS = [
  '', ' ', '\0', 'a\0b', '\u{1f600}', '\ud800', '\udc00x', '\u202e', '\ufeff', 'e\u0301', '\u0000'.repeat(8), '../../etc/passwd', '%00', '%2e%2e%2f', "'; drop table events; --", '<script>', '${1}', '{{1}}',
  'null', 'undefined', 'NaN', 'true', '0', '-1', '1e308', '9007199254740993', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'floor:shop', 'floor:', 'wall:__proto__', 'cameras:constructor', 'x:y', ':',
];
const KEYS = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length', '', '0', 'id', 'type', 'site', 'at', 'body', '$ref', '$schema', '\ud800', 'x'.repeat(200)];

/** A value that nobody asked for. `depth` bounds how far it nests by itself. */
export function rubbish(random: Random, depth = 2): unknown {
  switch (random.below(depth > 0 ? 12 : 8)) {
    case 0: return null;
    case 1: return random.chance(0.5);
    case 2: case 3: return pick(random, NUMBERS);
    case 4: case 5: return pick(random, TEXTS);
    case 6: return random.chance(0.3) ? pick(random, NO_NUMBERS) : random.next() * 10 ** random.below(20);
    case 7: return pick(random, TEXTS).repeat(1 + random.below(40));
    case 8: return Array.from({ length: random.below(4) }, () => rubbish(random, depth - 1));
    case 9: return nested(random, random.chance(0.1) ? 3_000 : 20);
    case 10: return 'x'.repeat(10 ** (1 + random.below(4)));
    default: {
      const made = {};
      for (let i = random.below(4); i >= 0; i--) put(made, pick(random, KEYS), rubbish(random, depth - 1));
      return made;
    }
  }
}

/** Arrays or objects within one another, so many levels. */
function nested(random: Random, levels: number): unknown {
  let value: unknown = pick(random, TEXTS);
  const asArray = random.chance(0.5);
  for (let i = 0; i < levels; i++) value = asArray ? [value] : { a: value };
  return value;
}

/** Sets an own property even where the name has a setter on the prototype, as JSON.parse does. */
function put(target: object, key: string, value: unknown): void {
  if (Array.isArray(target) && !/^\d+$/.test(key)) return void target.push(value);
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

type Holder = Record<string, unknown> | unknown[];
const isHolder = (value: unknown): value is Holder => typeof value === 'object' && value !== null;

/** A copy of `value` with one mutation, at times two or three, somewhere in it. `value` must be a tree of plain JSON. */
export function mutateJson(random: Random, value: unknown): unknown {
  const root: { value: unknown } = { value: undefined };
  try {
    root.value = structuredClone(value);
  } catch (error) {
    // An earlier mutation nested it deeper than the clone's stack reaches: it is rubbish enough as it is.
    if (error instanceof RangeError) return value;
    throw error;
  }
  do mutateOnce(random, root); while (random.chance(0.25));
  return root.value;
}

function mutateOnce(random: Random, root: { value: unknown }): void {
  let holder: Holder = root as Holder;
  let key = 'value';
  // Down a random way: deeper places are as likely to be changed as shallow ones.
  for (let depth = 0; depth < 12; depth++) {
    const inner: unknown = Reflect.get(holder, key);
    if (!isHolder(inner) || random.chance(0.15)) break;
    const keys = Object.keys(inner);
    if (keys.length === 0) break;
    holder = inner;
    key = pick(random, keys);
  }
  change(random, holder, key);
}

function change(random: Random, holder: Holder, key: string): void {
  const old: unknown = Reflect.get(holder, key);
  switch (random.below(12)) {
    case 0: return void (Array.isArray(holder) ? holder.splice(Number(key), 1) : Reflect.deleteProperty(holder, key));
    case 1: return put(isHolder(old) && !Array.isArray(old) ? old : holder, pick(random, KEYS), rubbish(random));
    case 2: return put(holder, key, [old]);
    case 3: return put(holder, key, { [pick(random, KEYS.slice(1))]: old });
    case 4: if (Array.isArray(old)) return void old.push(...Array<unknown>(random.below(40)).fill(old[0] ?? rubbish(random))); break;
    case 5: case 6: case 7: case 8: case 9: return put(holder, key, nudge(random, old));
  }
  put(holder, key, rubbish(random));
}

/** Something of the same type that is a little different: this finds what lies at the edge of a schema. */
function nudge(random: Random, old: unknown): unknown {
  if (typeof old === 'number') return pick(random, [old + 1, old - 1, -old, old * 2, old + 0.5, old * 1e9, Math.round(old / 2), pick(random, NUMBERS)]);
  if (typeof old === 'string') return pick(random, [`${old}x`, old.slice(1), old.slice(0, -1), old.toUpperCase(), old.toLowerCase(), `${old}\0`, ` ${old}`, old.repeat(2), old.repeat(30), pick(random, TEXTS), `${old}\n`]);
  if (typeof old === 'boolean') return pick(random, [!old, Number(old), String(old)]);
  return rubbish(random);
}

/** Some bytes changed, cut out, doubled or put in. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let out = Uint8Array.from(bytes);
  for (let i = random.below(4); i >= 0; i--) out = mutateBytesOnce(random, out);
  return out;
}

const EDGES = [0x00, 0xff, 0x7f, 0x80, 0x22, 0x5c, 0x7b, 0x5b, 0x0a, 0x0d, 0xc0, 0xed];

function mutateBytesOnce(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = random.below(bytes.length + 1);
  const length = random.below(1 + Math.min(32, bytes.length - at));
  const join = (...parts: Uint8Array[]): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.concat(parts));
  switch (random.below(6)) {
    case 0: if (at < bytes.length) bytes[at] = bytes[at]! ^ (1 << random.below(8)); return bytes;
    case 1: if (at < bytes.length) bytes[at] = pick(random, EDGES); return bytes;
    case 2: return join(bytes.subarray(0, at), bytes.subarray(at + length));
    case 3: return join(bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at));
    case 4: return join(bytes.subarray(0, at), randomBytes(random, random.below(16)), bytes.subarray(at));
    default: return join(bytes.subarray(0, at));
  }
}

export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Text changed by its bytes, its lines or by a piece of rubbish; may hold characters that are no Unicode. */
export function mutateText(random: Random, text: string): string {
  switch (random.below(4)) {
    case 0: return Buffer.from(mutateBytes(random, Buffer.from(text))).toString(random.chance(0.5) ? 'utf8' : 'latin1');
    case 1: {
      const at = random.below(text.length + 1);
      return text.slice(0, at) + pick(random, TEXTS) + text.slice(at + random.below(6));
    }
    case 2: {
      const lines = text.split('\n');
      const from = random.below(lines.length);
      if (random.chance(0.5)) lines.splice(from, 1 + random.below(2));
      else lines.splice(random.below(lines.length + 1), 0, lines[from]!);
      return lines.join('\n');
    }
    // Numbers are where parsers of text turn into something else.
    default: return text.replaceAll(/\d+/g, (digits) => (random.chance(0.15) ? String(pick(random, [...NUMBERS, ...NO_NUMBERS, ...TEXTS])) : digits));
  }
}
