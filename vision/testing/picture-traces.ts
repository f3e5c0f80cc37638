/** How encoded pictures begin, as they are and as text. */
const MARKS: Record<string, Buffer> = {
  'JPEG': Buffer.from([0xff, 0xd8, 0xff]), 'PNG': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a]), 'WebP': Buffer.from('WEBPVP8'), 'AVIF or HEIC': Buffer.from('ftypavif'), 'BMP in a data URL': Buffer.from('data:image'),
  'VP8 keyframe': Buffer.from([0x9d, 0x01, 0x2a]), 'JPEG as base64': Buffer.from('/9j/'), 'PNG as base64': Buffer.from('iVBORw0KGgo'), 'WebP as base64': Buffer.from('UklGR'), 'JPEG as hexadecimal': Buffer.from('ffd8ffe'),
};
/** A row or two of a small picture. */
const RUN = 768;
const STEP = 256;

/**
 * What in these bytes may be a picture: the beginning of an encoded one, or a run of raw luma, whose neighbours differ
 * little and which yet has many values; text and tables of numbers differ more, pages that are
 * mostly padding change seldom.
 */
export function pictureTraces(bytes: Buffer): string[] {
  const found = Object.entries(MARKS).flatMap(([name, mark]) => (bytes.includes(mark) ? [name] : []));
  for (let at = 0; at + RUN <= bytes.length; at += STEP) {
    if (isLuma(bytes.subarray(at, at + RUN))) return [...found, `raw luma at byte ${at}`];
  }
  return found;
}

function isLuma(run: Buffer): boolean {
  const seen = new Set<number>();
  let change = 0;
  let changed = 0;
  if (isNumbers(run)) return false;
  for (let i = 1; i < run.length; i++) {
    const step = Math.abs(run[i]! - run[i - 1]!);
    seen.add(run[i]!);
    change += step;
    if (step > 0) changed++;
  }
  return seen.size >= 24 && change < 8 * run.length && changed > run.length / 3;
}

/**
 * Text that is mostly figures, or half a page of text and half of zeros, as databases have them: together their bytes
 * differ as little as neighbouring pixels. No picture has a quarter of its bytes in eleven values and all of them printable.
 */
function isNumbers(run: Buffer): boolean {
  let figures = 0;
  let plain = 0;
  for (const byte of run) {
    if (byte === 0 || (byte >= 0x30 && byte <= 0x39)) figures++;
    if (byte === 0 || (byte >= 0x20 && byte < 0x7f)) plain++;
  }
  // Pages have some bytes of their own between the texts.
  return figures > run.length / 4 && plain > 0.9 * run.length;
}
