/** Kinds of files that devices may send. */
export const AUDIO_TYPES = ['audio/webm', 'audio/mp4', 'audio/ogg', 'audio/wav'] as const;
export const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/webp'] as const;
export const FILE_TYPES = [...AUDIO_TYPES, ...IMAGE_TYPES] as const;
export type AudioType = (typeof AUDIO_TYPES)[number];
export type ImageType = (typeof IMAGE_TYPES)[number];
export type FileType = (typeof FILE_TYPES)[number];

export const isImage = (type: FileType): type is ImageType => type.startsWith('image/');

const ascii = (bytes: Buffer, from: number, length: number): string => bytes.toString('latin1', from, from + length);

/** Brands of MP4 that recorders write; those of pictures (heic, avif) are not among them. */
const MP4_BRANDS: ReadonlySet<string> = new Set(['isom', 'iso2', 'iso4', 'iso5', 'iso6', 'mp41', 'mp42', 'M4A ', 'M4B ', 'dash']);
/** The document type stands within the first elements of an EBML header. */
const EBML_LOOK = 64;

/** What the first bytes say that a file is; undefined for anything that is not taken. */
export function typeOf(bytes: Buffer): FileType | undefined {
  if (bytes.length < 16) return undefined;
  if (bytes.readUIntBE(0, 3) === 0xffd8ff) return 'image/jpeg';
  if (ascii(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return 'image/png';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WEBP') return 'image/webp';
  if (ascii(bytes, 0, 4) === 'RIFF' && ascii(bytes, 8, 4) === 'WAVE') return 'audio/wav';
  if (ascii(bytes, 0, 4) === 'OggS') return 'audio/ogg';
  if (ascii(bytes, 4, 4) === 'ftyp' && MP4_BRANDS.has(ascii(bytes, 8, 4))) return 'audio/mp4';
  if (bytes.readUInt32BE(0) === 0x1a45dfa3 && ascii(bytes, 0, EBML_LOOK).includes('webm')) return 'audio/webm';
  return undefined;
}

/** Other names that senders use for the same types. */
const ALIASES: Record<string, FileType> = { 'audio/x-wav': 'audio/wav', 'audio/wave': 'audio/wav', 'audio/vnd.wave': 'audio/wav', 'audio/x-m4a': 'audio/mp4', 'image/jpg': 'image/jpeg' };

/** The type that a `Content-Type` names, without its parameters; undefined when it is not taken. */
export function namedType(header: string | undefined): FileType | undefined {
  const name = header?.split(';', 1)[0]!.trim().toLowerCase() ?? '';
  return FILE_TYPES.find((type) => type === name) ?? (Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined);
}

/** A comment at the end of a ZIP is at most this long, so its last record begins no further from the end. */
const ZIP_TAIL = 65_535 + 22;

/** Whether an unpacker would take the file for a ZIP: some formats let any bytes follow them. */
function endsAsZip(bytes: Buffer): boolean {
  const earliest = Math.max(0, bytes.length - ZIP_TAIL);
  for (let at = bytes.lastIndexOf('PK\x05\x06', bytes.length, 'latin1'); at >= earliest; at = at === 0 ? -1 : bytes.lastIndexOf('PK\x05\x06', at - 1, 'latin1')) {
    if (at + 22 <= bytes.length && at + 22 + bytes.readUInt16LE(at + 20) === bytes.length) return true;
  }
  return false;
}

/** Lengths that recorders write when they do not know how long it will be. */
const UNKNOWN_WAV: ReadonlySet<number> = new Set([0, 0xffff_ffff]);
/** The format stands among the first chunks. */
const WAV_LOOK = 1024;

function isWholeWav(bytes: Buffer): boolean {
  const told = bytes.readUInt32LE(4);
  const padded = told + 8 + (told & 1);
  return ascii(bytes, 12, WAV_LOOK).includes('fmt ') && (UNKNOWN_WAV.has(told) || told + 8 === bytes.length || padded === bytes.length);
}

/** Ogg (RFC 3533, section 6): pages follow each other to the end, and the first says Opus or Vorbis. */
function isWholeOgg(bytes: Buffer): boolean {
  let at = 0;
  while (at + 27 <= bytes.length) {
    if (ascii(bytes, at, 4) !== 'OggS') return false;
    const segments = bytes[at + 26]!;
    const body = at + 27 + segments;
    if (body > bytes.length) return false;
    if (at === 0 && !/^(OpusHead|\x01vorbis)/.test(ascii(bytes, body, 8))) return false;
    let length = 0;
    for (let i = 0; i < segments; i++) length += bytes[at + 27 + i]!;
    at = body + length;
  }
  return at === bytes.length;
}

/** MP4 (ISO/IEC 14496-12, section 4.2): boxes follow each other to the end; one of them holds the sound. */
function isWholeMp4(bytes: Buffer): boolean {
  let at = 0;
  let media = false;
  while (at + 8 <= bytes.length) {
    const size = bytes.readUInt32BE(at);
    const kind = ascii(bytes, at + 4, 4);
    if (!/^[a-z0-9 ©]{4}$/i.test(kind)) return false;
    media ||= kind === 'mdat';
    // 0: to the end of the file. 1: a length of 64 bits, which no file of a few megabytes needs.
    if (size === 0) return media;
    if (size < 8) return false;
    at += size;
  }
  return media && at === bytes.length;
}

const SEGMENT = Buffer.from([0x18, 0x53, 0x80, 0x67]);

/** WebM (RFC 8794): the segment, where it says how long it is, ends with the file. */
function isWholeWebm(bytes: Buffer): boolean {
  const at = bytes.indexOf(SEGMENT);
  if (at < 0 || at > 1024 || at + 12 > bytes.length) return false;
  const first = bytes[at + 4]!;
  const length = Math.clz32(first) - 23;
  if (length > 8) return false;
  let size = BigInt(first & (0xff >> length));
  for (let i = 1; i < length; i++) size = (size << 8n) | BigInt(bytes[at + 4 + i]!);
  const unknown = size === (1n << BigInt(7 * length)) - 1n;
  return unknown || BigInt(at + 4 + length) + size === BigInt(bytes.length);
}

const WHOLE: Record<AudioType, (bytes: Buffer) => boolean> = { 'audio/wav': isWholeWav, 'audio/ogg': isWholeOgg, 'audio/mp4': isWholeMp4, 'audio/webm': isWholeWebm };
/** How WebM names a track's codec, which stands before the sound, and how MP4 names a track's kind. */
const VIDEO_TRACK = { 'audio/webm': /\x86[\x80-\x9f]V_[A-Z]/, 'audio/mp4': /hdlr\0{8}vide/ } as const;
const WEBM_HEADER = 4096;

function holdsVideo(type: AudioType, bytes: Buffer): boolean {
  if (type === 'audio/webm') return VIDEO_TRACK[type].test(ascii(bytes, 0, WEBM_HEADER));
  return type === 'audio/mp4' && VIDEO_TRACK[type].test(bytes.toString('latin1'));
}

/** Why a recording is not kept, as the end of "the recording …"; undefined when it is fit. It is kept as it came, so it must be nothing else besides. */
export function audioFlaw(type: AudioType, bytes: Buffer): string | undefined {
  if (!WHOLE[type](bytes) || endsAsZip(bytes)) return 'is cut off, damaged or holds something else besides. Record it again';
  if (holdsVideo(type, bytes)) return 'holds a picture. Record sound alone';
  return undefined;
}

/** Bytes of a `Range` header, both ends inclusive; `none` to send all of it, `unsatisfiable` for a range that the file does not have. */
export type ByteRange = { from: number; to: number } | 'none' | 'unsatisfiable';

/** A range of RFC 9110, section 14. More than one range, and what is no range at all, is answered with the whole. */
export function rangeOf(header: string | undefined, size: number): ByteRange {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return 'none';
  if (match[1] === '') {
    const last = Number(match[2]);
    return last === 0 || size === 0 ? 'unsatisfiable' : { from: Math.max(0, size - last), to: size - 1 };
  }
  const from = Number(match[1]);
  const to = match[2] === '' ? size - 1 : Number(match[2]);
  if (match[2] !== '' && to < from) return 'none';
  return from >= size ? 'unsatisfiable' : { from, to: Math.min(to, size - 1) };
}
