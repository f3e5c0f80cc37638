import { encode } from 'uqr';

/** A QR code as one SVG path on a square of `size` modules, quiet zone included. Dark modules only. */
export function qrPath(text: string): { size: number; path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: 2 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => dark ? [`M${x} ${y}h1v1h-1z`] : [])).join('');
  return { size, path };
}

/** Where a phone that reads the code is led: the page that confirms devices. */
export function pairingLink(origin: string, code: string): string {
  return `${origin}/devices?pair=${code}`;
}
