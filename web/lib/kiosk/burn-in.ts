/** Distance between neighbouring places, px: enough for a sub-pixel to rest, too little to be noticed. */
export const SHIFT_STEP = 3;
const SIDE = 5;
const HALF = Math.floor(SIDE / 2);

/**
 * Where a picture that stands for days is put in this minute, against burn-in: walks a 5×5 grid row by row and
 * back again, one step of 3 px a minute, so every place within ±6 px rests equally. Pure; any integer is good.
 */
export function burnInShift(minute: number): { x: number; y: number } {
  const cells = SIDE * SIDE;
  const lap = 2 * (cells - 1);
  const step = ((Math.floor(minute) % lap) + lap) % lap;
  const cell = step < cells ? step : lap - step;
  const row = Math.floor(cell / SIDE);
  const along = cell % SIDE;
  const column = row % 2 === 0 ? along : SIDE - 1 - along;
  return { x: (column - HALF) * SHIFT_STEP, y: (row - HALF) * SHIFT_STEP };
}
