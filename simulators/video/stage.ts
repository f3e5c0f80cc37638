import { backdrop } from './backdrop.ts';
import { paste, visitorsOf, walkersOf, type Cutout } from './people.ts';
import { placeAt, scriptOf, type Appearance, type SceneKind } from './script.ts';

/** What a camera sees. */
export interface Frames {
  /** Draws the picture at a second of the loop into an RGBA frame of the size that the frames were made for. */
  draw(second: number, pixels: Uint8Array): void;
}

export interface StageOptions { width: number; height: number; seconds: number; seed: number; pictures: readonly string[] }

/** People are cut out for frames of this height. */
const HEIGHT = 480;

/** A place that stands still, with people of photographs who come and go. @throws when a photograph cannot be read. */
export async function openStage(kind: SceneKind, { width, height, seconds, seed, pictures }: StageOptions): Promise<Frames> {
  const visitors = await visitorsOf(pictures);
  const walkers = kind === 'door' ? await walkersOf(pictures) : [];
  const smiling = visitors.flatMap(({ smiles }, i) => (smiles ? [i] : []));
  const script = scriptOf(kind, seconds, seed, { faces: visitors.length, smiling, walkers: walkers.length });
  const empty = await backdrop(kind, width, height);
  const bodyOf = ({ who, walks }: Appearance): Cutout | undefined => (walks ? walkers[who] : visitors[who]?.cutout);
  return {
    draw(second, pixels) {
      pixels.set(empty);
      for (const appearance of script) {
        const place = placeAt(appearance, second);
        const body = bodyOf(appearance);
        if (place && body) paste(pixels, width, height, body, place.x * width, place.y * height, place.scale * height / HEIGHT);
      }
    },
  };
}
