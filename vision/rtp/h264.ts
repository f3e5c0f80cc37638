import type { Part, PayloadFormat, WholeFrame } from './format.ts';

/** NAL unit types (ITU-T H.264 table 7-1) and payload structures (RFC 6184 table 3). */
const SLICE_FIRST = 1, SLICE_IDR = 5, SPS = 7, PPS = 8, STAP_A = 24, FU_A = 28;
const START_CODE = new Uint8Array([0, 0, 0, 1]);
/** H.264 allows 32 sequence and 256 picture parameter sets; a camera has one or two. */
const MAX_KEPT = 16;
const MAX_SET_BYTES = 4096;

const typeOf = (unit: Uint8Array): number => unit[0]! & 0x1f;

/**
 * H.264 in RTP, packetization modes 0 and 1 (RFC 6184): single NAL units, STAP-A and FU-A in, access units in Annex B
 * out. Parameter sets are remembered, and stand before every IDR picture, because a new decoder needs them there.
 * Only IDR pictures are keyframes: a stream that has none after its start cannot be joined.
 */
export class H264Format implements PayloadFormat {
  readonly #sets = new Map<string, Uint8Array>();

  /** @param known parameter sets that came by another way, as NAL units. */
  constructor(known: readonly Uint8Array[] = []) {
    for (const unit of known) if (unit.length > 0) this.#keep(unit);
  }

  parse(payload: Uint8Array): Part | undefined {
    if (payload.length < 2) return undefined;
    const type = typeOf(payload);
    if (type === FU_A) return fragment(payload);
    if (type === STAP_A) return aggregate(payload);
    return type >= SLICE_FIRST && type < STAP_A ? whole([payload]) : undefined;
  }

  finish(parts: readonly Part[]): WholeFrame | undefined {
    const units = parts.flatMap(({ pieces }) => pieces);
    const types = new Set<number>();
    units.forEach((piece, i) => {
      if (piece !== START_CODE) return;
      const unit = units[i + 1]!;
      types.add(typeOf(unit));
      // A fragment holds no more than the beginning; parameter sets are never so long.
      if (isSet(unit) && units[i + 2] !== undefined ? units[i + 2] === START_CODE : isSet(unit)) this.#keep(unit);
    });
    if (![...types].some((type) => type >= SLICE_FIRST && type <= SLICE_IDR)) return undefined;
    if (!types.has(SLICE_IDR)) return { key: false, pieces: units };
    const before = [SPS, PPS].filter((type) => !types.has(type)).flatMap((type) => this.#kept(type));
    const known = [SPS, PPS].every((type) => types.has(type) || this.#kept(type).length > 0);
    return { key: known, pieces: [...before, ...units] };
  }

  #kept(type: number): Uint8Array[] {
    return [...this.#sets.values()].filter((unit) => typeOf(unit) === type).flatMap((unit) => [START_CODE, unit]);
  }

  /** A copy: the packet that brought it is gone by the time it is needed. */
  #keep(unit: Uint8Array): void {
    if (!isSet(unit) || unit.length > MAX_SET_BYTES) return;
    const name = `${typeOf(unit)}/${exponentialGolomb(unit, typeOf(unit) === SPS ? 4 : 1)}`;
    this.#sets.delete(name);
    this.#sets.set(name, unit.slice());
    if (this.#sets.size > MAX_KEPT) this.#sets.delete(this.#sets.keys().next().value!);
  }
}

const isSet = (unit: Uint8Array): boolean => typeOf(unit) === SPS || typeOf(unit) === PPS;

/** Where decoding can begin: parameter sets, or an IDR picture's first slice (`first_mb_in_slice` 0 is the bit 1). */
const isEntry = (unit: Uint8Array): boolean => typeOf(unit) === SPS || (typeOf(unit) === SLICE_IDR && ((unit[1] ?? 0) & 0x80) !== 0);

function whole(units: readonly Uint8Array[]): Part {
  return { starts: null, entry: units.some(isEntry), continues: false, open: false, pieces: units.flatMap((unit) => [START_CODE, unit]) };
}

/** STAP-A (RFC 6184 §5.7.1): 16 bits of length before each unit. */
function aggregate(payload: Uint8Array): Part | undefined {
  const units: Uint8Array[] = [];
  for (let at = 1; at < payload.length;) {
    const length = (payload[at]! << 8) | (payload[at + 1] ?? 0);
    const end = at + 2 + length;
    if (length === 0 || end > payload.length) return undefined;
    const unit = payload.subarray(at + 2, end);
    const type = typeOf(unit);
    if (type < SLICE_FIRST || type >= STAP_A) return undefined;
    units.push(unit);
    at = end;
  }
  return units.length > 0 ? whole(units) : undefined;
}

/** FU-A (RFC 6184 §5.8): the unit's first byte is put together from the two headers. */
function fragment(payload: Uint8Array): Part | undefined {
  if (payload.length < 3) return undefined;
  const header = payload[1]!;
  const starts = (header & 0x80) !== 0;
  const ends = (header & 0x40) !== 0;
  const type = header & 0x1f;
  if ((starts && ends) || type < SLICE_FIRST || type >= STAP_A) return undefined;
  const data = payload.subarray(2);
  if (!starts) return { starts: null, entry: false, continues: true, open: !ends, pieces: [data] };
  const unit = new Uint8Array(1 + data.length);
  unit[0] = (payload[0]! & 0xe0) | type;
  unit.set(data, 1);
  return { starts: null, entry: isEntry(unit), continues: false, open: true, pieces: [START_CODE, unit] };
}

/** ue(v) (ITU-T H.264 §9.1) that begins at this byte; only small numbers are asked for. */
function exponentialGolomb(bytes: Uint8Array, at: number): number {
  const bits = ((bytes[at] ?? 0x80) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  const zeros = Math.clz32(bits) - 8;
  return zeros > 11 ? -1 : ((bits >> (23 - 2 * zeros)) & ((1 << (zeros + 1)) - 1)) - 1;
}

/** Parameter sets of an SDP's `sprop-parameter-sets` (RFC 6184 §8.1); what is no base64 or no such set is left out. */
export function spropParameterSets(text: unknown): Uint8Array[] {
  if (typeof text !== 'string' || text.length > MAX_SET_BYTES) return [];
  return text.split(',').map((part) => new Uint8Array(Buffer.from(part, 'base64'))).filter((unit) => unit.length > 1 && isSet(unit));
}
