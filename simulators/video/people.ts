import fs from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';

/** Somebody cut out of a photograph: R, G, B and how much of each pixel is theirs, row by row. */
export interface Cutout { data: Uint8Array; width: number; height: number }

/** A visitor who looks into the camera. `smiles`: who leaves happier than others. */
export interface Visitor { cutout: Cutout; smiles: boolean }

interface KnownFace { file: string; width: number; box: readonly [x: number, y: number, width: number, height: number]; smiles: boolean }

const face = (file: string, smiles: boolean, ...box: [number, number, number, number]): KnownFace => ({ file, width: 1920, box, smiles });
/** Where faces are in the photographs that setup fetches, px. */
const FACES: readonly KnownFace[] = [
  face('sample3.jpg', true, 1504, 301, 181, 265), face('sample6.jpg', false, 252, 483, 214, 276), face('sample5.jpg', false, 1117, 209, 159, 216), face('sample1.jpg', true, 1465, 215, 215, 214),
  face('sample6.jpg', false, 1488, 264, 208, 289), face('sample3.jpg', true, 1078, 193, 222, 310), face('sample5.jpg', false, 1413, 382, 179, 277), face('sample4.jpg', true, 1268, 147, 158, 241),
  face('sample3.jpg', false, 589, 330, 202, 278), face('sample6.jpg', false, 675, 325, 173, 309), face('sample5.jpg', false, 795, 118, 157, 207), face('sample6.jpg', false, 1172, 310, 188, 272),
];

/** Height of a face in a frame that is 480 px high: well above what is too small to be read. */
const FACE_HEIGHT = 96;
/** Head and shoulders around a face, in its sizes. */
const AROUND = { left: 0.75, right: 0.75, above: 0.5, below: 0.9 };
/** Longer side of a whole photograph in which no face is known, px. */
const WHOLE = 300;

/** The people of a folder of photographs: their faces where they are known, else every photograph as it is. @throws when one cannot be read. */
export async function visitorsOf(pictures: readonly string[]): Promise<Visitor[]> {
  const byName = new Map(pictures.map((file) => [path.basename(file), file]));
  const visitors: Visitor[] = [];
  for (const known of FACES) {
    const file = byName.get(known.file);
    if (file === undefined) continue;
    const { width, height } = await sharp(file).metadata();
    if (width === known.width) visitors.push({ cutout: await headAndShoulders(file, known, { width, height }), smiles: known.smiles });
  }
  if (visitors.length > 0) return visitors;
  return Promise.all(pictures.map(async (file) => ({ cutout: await cutout(sharp(file).rotate().resize(WHOLE, WHOLE, { fit: 'inside' })), smiles: false })));
}

async function headAndShoulders(file: string, { box: [x, y, w, h] }: KnownFace, picture: { width: number; height: number }): Promise<Cutout> {
  const left = Math.max(0, Math.round(x - AROUND.left * w));
  const top = Math.max(0, Math.round(y - AROUND.above * h));
  const width = Math.min(picture.width, Math.round(x + (1 + AROUND.right) * w)) - left;
  const height = Math.min(picture.height, Math.round(y + (1 + AROUND.below) * h)) - top;
  const scale = FACE_HEIGHT / h;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  // Soft at the sides: a hard frame around the head would be an edge that walks.
  const mask = Buffer.from(`<svg width="${wide}" height="${high}"><defs><radialGradient id="g" cx="50%" cy="52%" r="50%"><stop offset="0.78" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs><rect width="100%" height="100%" fill="url(#g)"/></svg>`);
  const part = await sharp(file).extract({ left, top, width, height }).resize(wide, high).removeAlpha().png().toBuffer();
  return cutout(sharp(part).ensureAlpha().composite([{ input: mask, blend: 'dest-in' }]));
}

/** Outlines of people from head to foot in the photograph `samples.jpg`, px. */
const WALKERS = [
  [[296, 496], [331, 479], [363, 501], [363, 586], [386, 616], [386, 841], [351, 851], [376, 1041], [373, 1091], [321, 1117], [294, 1096], [311, 1051], [256, 846], [251, 621], [296, 591]],
  [[531, 511], [576, 496], [609, 521], [611, 616], [641, 671], [641, 841], [601, 851], [601, 991], [599, 1051], [536, 1081], [526, 1041], [541, 961], [531, 841], [511, 701], [526, 611]],
  [[673, 516], [706, 501], [741, 521], [743, 596], [771, 621], [779, 921], [746, 931], [756, 1061], [701, 1076], [691, 1061], [706, 931], [656, 901], [651, 641], [669, 591]],
] as const;
const WALKERS_FILE = 'samples.jpg';
const WALKERS_WIDTH = 1280;
/** Height of somebody who walks in at the door, px. */
const WALKER_HEIGHT = 170;

/** People who walk in and out at a door; none without the photograph that they are in. */
export async function walkersOf(pictures: readonly string[]): Promise<Cutout[]> {
  const file = pictures.find((one) => path.basename(one) === WALKERS_FILE);
  if (file === undefined || !fs.existsSync(file) || (await sharp(file).metadata()).width !== WALKERS_WIDTH) return [];
  return Promise.all(WALKERS.map(async (outline) => {
    const xs = outline.map(([x]) => x);
    const ys = outline.map(([, y]) => y);
    const [left, top] = [Math.min(...xs), Math.min(...ys)];
    const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
    const mask = Buffer.from(`<svg width="${width}" height="${height}"><polygon points="${outline.map(([x, y]) => `${x - left},${y - top}`).join(' ')}" fill="#fff"/></svg>`);
    const person = await sharp(file).extract({ left, top, width, height }).ensureAlpha().composite([{ input: mask, blend: 'dest-in' }]).png().toBuffer();
    return cutout(sharp(person).resize({ height: WALKER_HEIGHT }));
  }));
}

async function cutout(image: Sharp): Promise<Cutout> {
  const { data, info } = await image.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/**
 * Draws somebody into an RGBA frame with the middle at (`x`, `y`), enlarged by `scale`, between pixels where need be
 * (bilinear). What lies outside of the frame is left out.
 */
export function paste(frame: Uint8Array, width: number, height: number, { data, width: stride, height: rows }: Cutout, x: number, y: number, scale: number): void {
  const [left, top] = [x - (stride * scale) / 2, y - (rows * scale) / 2];
  const [fromX, fromY] = [Math.max(0, Math.ceil(left)), Math.max(0, Math.ceil(top))];
  const [toX, toY] = [Math.min(width - 1, Math.floor(left + (stride - 1) * scale)), Math.min(height - 1, Math.floor(top + (rows - 1) * scale))];
  for (let row = fromY; row <= toY; row++) {
    const sourceY = (row - top) / scale;
    const y0 = Math.min(rows - 2, Math.floor(sourceY));
    const down = sourceY - y0;
    for (let column = fromX; column <= toX; column++) {
      const sourceX = (column - left) / scale;
      const x0 = Math.min(stride - 2, Math.floor(sourceX));
      const right = sourceX - x0;
      const at = (y0 * stride + x0) * 4;
      const under = at + 4 * stride;
      const b = right * (1 - down);
      const c = (1 - right) * down;
      const d = right * down;
      const a = 1 - b - c - d;
      const share = (a * data[at + 3]! + b * data[at + 7]! + c * data[under + 3]! + d * data[under + 7]!) / 255;
      if (share < 0.01) continue;
      const out = (row * width + column) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const colour = a * data[at + channel]! + b * data[at + 4 + channel]! + c * data[under + channel]! + d * data[under + 4 + channel]!;
        frame[out + channel] = frame[out + channel]! * (1 - share) + colour * share;
      }
    }
  }
}
