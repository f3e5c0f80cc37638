import sharp from 'sharp';

/** A tiled floor with a puddle and a sign: what a visitor might photograph. Drawn, with nobody in it. JPEG. */
export function puddle(): Promise<Buffer> {
  const tiles = Array.from({ length: 9 }, (_, row) => Array.from({ length: 12 }, (_, column) => `<rect x="${column * 100}" y="${row * 100}" width="97" height="97" fill="${(row + column) % 2 === 0 ? '#d9d4ca' : '#cfc9bd'}"/>`).join('')).join('');
  return sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="900"><rect width="1200" height="900" fill="#a9a297"/>${tiles}
    <ellipse cx="560" cy="640" rx="360" ry="150" fill="#7fa3b8" fill-opacity="0.55"/><ellipse cx="500" cy="610" rx="190" ry="60" fill="#c8dde8" fill-opacity="0.7"/>
    <path d="M840 690 920 360h70l80 330z" fill="#f2c319"/><path d="M955 470l46 86h-92z" fill="#222"/><path d="M855 690h205v16H855z" fill="#8a7011"/></svg>`)).jpeg({ quality: 85 }).toBuffer();
}

/** The clinic's floor plan as an architect's sketch. PNG; `place.ts` says where the zones are in it. */
export function floorPlan(): Promise<Buffer> {
  return sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1000"><rect width="1600" height="1000" fill="#fbfaf6"/>
    <g fill="none" stroke="#59615c" stroke-width="12" stroke-linecap="square"><path d="M40 40h1520v920H520M300 960H40V40"/><path d="M600 40v250M600 430v90M40 520h200M380 520h220M960 520v110M960 770v190M960 520h600"/></g>
    <g fill="#e6e3d8" stroke="#a7a698" stroke-width="4"><path d="M120 150h330v70H190v170h-70z"/><rect x="1050" y="600" width="90" height="150" rx="8"/><rect x="1230" y="600" width="90" height="150" rx="8"/><rect x="1410" y="600" width="90" height="150" rx="8"/>
      ${[0, 1, 2, 3, 4].map((i) => `<rect x="${740 + i * 150}" y="130" width="100" height="60" rx="10"/><rect x="${740 + i * 150}" y="330" width="100" height="60" rx="10"/>`).join('')}<rect x="620" y="700" width="60" height="200" rx="8"/></g>
    <g fill="none" stroke="#a7a698" stroke-width="4"><path d="M300 960a220 220 0 0 1 220-0"/></g></svg>`)).png({ palette: true }).toBuffer();
}
