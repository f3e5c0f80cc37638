import sharp from 'sharp';

/** Small files of every kind that is taken, made here: nobody's voice and nobody's picture. */

/** PCM of one channel: a falling tone of so many seconds. */
export function wav(seconds = 0.1, rate = 8_000): Buffer {
  const samples = Math.round(seconds * rate);
  const bytes = Buffer.alloc(44 + samples * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples * 2, 40);
  for (let i = 0; i < samples; i++) bytes.writeInt16LE(Math.round(8_000 * Math.sin((2 * Math.PI * 440 * i) / rate)), 44 + i * 2);
  return bytes;
}

/** One Ogg page after RFC 3533; its checksum is not looked at. */
function oggPage(body: Buffer): Buffer {
  const header = Buffer.alloc(27);
  header.write('OggS', 0, 'latin1');
  header[26] = Math.floor(body.length / 255) + 1;
  const lacing = Buffer.alloc(header[26], 255);
  lacing[lacing.length - 1] = body.length % 255;
  return Buffer.concat([header, lacing, body]);
}
export const ogg = (): Buffer => Buffer.concat([oggPage(Buffer.from('OpusHead\x01\x01\0\0\x80\xbb\0\0\0\0\0', 'latin1')), oggPage(Buffer.alloc(600, 7))]);

function box(kind: string, body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(body.length + 8);
  header.write(kind, 4, 'latin1');
  return Buffer.concat([header, body]);
}
export const mp4 = (handler = 'soun', brand = 'M4A '): Buffer => Buffer.concat([
  box('ftyp', Buffer.from(`${brand}\0\0\0\0${brand}`, 'latin1')), box('mdat', Buffer.alloc(500, 3)), box('moov', box('hdlr', Buffer.from(`\0\0\0\0\0\0\0\0${handler}`, 'latin1'))),
]);

/** `size` of the segment as it is written; `unknown` is how recorders write while they go. */
export function webm(codec = 'A_OPUS', size: 'known' | 'unknown' = 'unknown'): Buffer {
  const track = Buffer.concat([Buffer.from([0x86, 0x80 | codec.length]), Buffer.from(codec, 'latin1'), Buffer.alloc(300, 9)]);
  const length = Buffer.from(size === 'unknown' ? [0x01, 255, 255, 255, 255, 255, 255, 255] : [0x01, 0, 0, 0, 0, 0, track.length >> 8, track.length & 255]);
  return Buffer.concat([Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x87, 0x42, 0x82, 0x84]), Buffer.from('webm', 'latin1'), Buffer.from([0x18, 0x53, 0x80, 0x67]), length, track]);
}

/** An empty ZIP archive with a comment: what follows a picture or a recording in a polyglot. */
export const zip = (comment = ''): Buffer => {
  const record = Buffer.alloc(22 + comment.length);
  record.write('PK\x05\x06', 0, 'latin1');
  record.writeUInt16LE(comment.length, 20);
  record.write(comment, 22, 'latin1');
  return record;
};

/** A plain picture. */
export const picture = (format: 'jpeg' | 'png' | 'webp', width = 64, height = 48): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: 30, g: 120, b: 200 } } }).toFormat(format).toBuffer();

export const SECRET_PLACE = 'Sadovaya 7';
/** A photo as a phone makes it: lying on its side, with where, when and by what it was taken. */
export const photoWithPlace = (width = 2400, height = 1200): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: 90, g: 90, b: 20 } } })
    .withExif({ IFD0: { Make: 'Telefon', ImageDescription: SECRET_PLACE }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '55/1 45/1 0/1' } })
    .withMetadata({ orientation: 6 }).jpeg().toBuffer();
