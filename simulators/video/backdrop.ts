import sharp from 'sharp';
import type { SceneKind } from './script.ts';

const WIDTH = 640;
const HEIGHT = 480;

const rect = (x: number, y: number, width: number, height: number, fill: string, more = ''): string => `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" ${more}/>`;
const wall = (top: string, floor: string, horizon: number): string => rect(0, 0, WIDTH, horizon, top) + rect(0, horizon, WIDTH, HEIGHT - horizon, floor) + rect(0, horizon - 10, WIDTH, 10, '#5d564c');
/** Things on shelves: many straight edges, by which a camera that was moved is told. */
const shelves = (x: number, y: number, rows: number, columns: number): string => Array.from({ length: rows }, (_, row) =>
  rect(x - 6, y + row * 56 + 44, columns * 24 + 12, 7, '#4b3a2a') + Array.from({ length: columns }, (__, column) => rect(x + column * 24, y + row * 56 + 44 - 18 - ((row * 7 + column * 11) % 22), 15, 18 + ((row * 7 + column * 11) % 22), ['#9c3d3d', '#2f5d7c', '#c9a23a', '#3f6b4a', '#6a4a7a'][(row * 3 + column) % 5]!)).join('')).join('');
const tiles = (top: number): string => Array.from({ length: 14 }, (_, i) => `<line x1="${i * 50}" y1="${top}" x2="${i * 82 - 210}" y2="${HEIGHT}" stroke="#8d8577" stroke-width="3"/>`).join('') + [0.3, 0.62].map((share) => `<line x1="0" y1="${top + share * (HEIGHT - top)}" x2="${WIDTH}" y2="${top + share * (HEIGHT - top)}" stroke="#8d8577" stroke-width="3"/>`).join('');

const DRAWINGS: Record<SceneKind, string> = {
  hall: wall('#d9d2c3', '#b7ab98', 330) + tiles(330) + shelves(20, 20, 3, 5) + shelves(500, 20, 3, 5)
    + rect(235, 40, 170, 100, '#22303a', 'stroke="#11181d" stroke-width="8"') + [270, 320, 370].map((x) => rect(x - 22, 300, 44, 60, '#2f6f73') + rect(x - 22, 356, 44, 10, '#1d4648')).join(''),
  desk: wall('#cfd6d8', '#a9a294', 350) + tiles(350) + shelves(230, 12, 2, 7) + rect(0, 370, 420, 110, '#7a5a3a') + rect(0, 362, 430, 14, '#4f3a24') + [60, 150, 240, 330].map((x) => rect(x, 392, 62, 70, '#8d6a47', 'stroke="#5e452c" stroke-width="4"')).join('')
    + rect(505, 30, 120, 320, '#8a9aa3', 'stroke="#3e4a52" stroke-width="8"') + rect(520, 50, 90, 130, '#dfe8ec') + rect(520, 200, 90, 130, '#c2ced4'),
  door: wall('#ddd3c6', '#9b978f', 230) + tiles(230) + rect(60, 20, 250, 215, '#5b6b74', 'stroke="#2d383e" stroke-width="10"') + rect(80, 38, 100, 190, '#bcd0da') + rect(192, 38, 100, 190, '#bcd0da') + rect(180, 130, 4, 30, '#222') + rect(188, 130, 4, 30, '#222')
    + rect(70, 300, 240, 120, '#6b655c') + shelves(400, 10, 2, 8) + rect(590, 180, 50, 90, '#3f6b4a'),
};

/** A place without anybody in it, as an RGBA frame of the given size: drawn, not photographed. */
export async function backdrop(kind: SceneKind, width: number, height: number): Promise<Uint8Array> {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${width}" height="${height}" preserveAspectRatio="none">${DRAWINGS[kind]}</svg>`;
  return new Uint8Array(await sharp(Buffer.from(drawing)).resize(width, height, { fit: 'fill' }).toColourspace('srgb').ensureAlpha().raw().toBuffer());
}
