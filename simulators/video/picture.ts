import sharp from 'sharp';

/** A decoded photograph: three bytes (R, G, B) a pixel, row by row. */
export interface Picture { data: Uint8Array; width: number; height: number }

/** Longer side of what is kept of a photograph: twice the video's, so that zooming in stays sharp. */
const LONGEST_SIDE = 1_280;

/** Reads a photograph once into memory. @throws when the file is no picture. */
export async function readPicture(file: string): Promise<Picture> {
  const { data, info } = await sharp(file).rotate().resize(LONGEST_SIDE, LONGEST_SIDE, { fit: 'inside' }).removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** The part of a picture that a frame shows, in pixels of the picture. */
export interface View { left: number; top: number; width: number; height: number }

/** How far a camera zooms in at most, and how far it wanders of the room that it has. */
const ZOOM = 1.45;
const WANDER = 0.9;

/**
 * Where a slowly moving camera looks at `phase` (0..1) of its loop: the end joins the beginning. `turn` (0..1) shifts the
 * path, so that two cameras on one picture differ. The view has the frame's proportions and lies within the picture.
 */
export function viewAt(picture: Pick<Picture, 'width' | 'height'>, frame: { width: number; height: number }, phase: number, turn: number): View {
  const angle = 2 * Math.PI * (phase + turn);
  const zoom = 1 + (ZOOM - 1) * (0.5 - 0.5 * Math.cos(angle));
  const scale = Math.min(picture.width / frame.width, picture.height / frame.height) / zoom;
  const [width, height] = [frame.width * scale, frame.height * scale];
  return {
    left: (picture.width - width) * (0.5 + 0.5 * WANDER * Math.sin(angle)),
    top: (picture.height - height) * (0.5 + 0.5 * WANDER * Math.sin(angle + 1)),
    width, height,
  };
}

/** Draws the view into an RGBA frame of the given size, interpolating between pixels (bilinear). */
export function drawView(picture: Picture, view: View, width: number, height: number, frame: Uint8Array): void {
  const { data, width: stride } = picture;
  for (let y = 0, out = 0; y < height; y++) {
    const sourceY = Math.min(picture.height - 1.001, view.top + ((y + 0.5) * view.height) / height - 0.5);
    const row = Math.max(0, Math.floor(sourceY));
    const downWeight = Math.max(0, Math.round((sourceY - row) * 256));
    for (let x = 0; x < width; x++, out += 4) {
      const sourceX = Math.min(stride - 1.001, view.left + ((x + 0.5) * view.width) / width - 0.5);
      const column = Math.max(0, Math.floor(sourceX));
      const rightWeight = Math.max(0, Math.round((sourceX - column) * 256));
      const here = (row * stride + column) * 3;
      const below = here + stride * 3;
      for (let channel = 0; channel < 3; channel++) {
        const top = data[here + channel]! * (256 - rightWeight) + data[here + 3 + channel]! * rightWeight;
        const bottom = data[below + channel]! * (256 - rightWeight) + data[below + 3 + channel]! * rightWeight;
        frame[out + channel] = (top * (256 - downWeight) + bottom * downWeight) >> 16;
      }
      frame[out + 3] = 255;
    }
  }
}
