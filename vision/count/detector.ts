import type { InferenceSession } from 'onnxruntime-node';
import type { PersonBox } from '../readings.ts';
import type { TensorWriter } from '../measure/channels.ts';
import { manifestOf, type Manifest } from '../measure/manifest.ts';
import { Model, ModelError } from '../measure/model.ts';
import type { Picture, Region } from '../measure/picture.ts';
import { peaks, suppressPeople } from './peaks.ts';

/** Boxes below the model's own threshold, down to this, only show where somebody is who was seen before: the tracker begins nobody with them. */
const CONTINUES = 0.15;

/**
 * Finds people with CenterNet or a model of its kind: `person` is a heat map of middles, and `wh` says for each place
 * in it how far the box reaches to the left, top, right and bottom. One instance serves one thread.
 */
export class PeopleDetector {
  readonly #model: Model;
  readonly #writer: TensorWriter;
  readonly #width: number;
  readonly #height: number;

  /** @throws ModelError when the manifest does not describe such a model. */
  constructor(model: Model, writer: TensorWriter) {
    const { outputs = {}, format } = model.manifest;
    const [height, width, classes] = outputs['person'] ?? [];
    const [rows, columns, sides] = outputs['wh'] ?? [];
    if (typeof height !== 'number' || typeof width !== 'number' || classes !== 1 || rows !== height || columns !== width || sides !== 4 || format.width !== format.height) {
      throw new ModelError(model.manifest, 'a model of people takes a square picture and gives "person" of [height, width, 1] and "wh" of [height, width, 4]');
    }
    this.#model = model;
    this.#writer = writer;
    this.#width = width;
    this.#height = height;
  }

  /**
   * @param source see `manifestOf`.
   * @throws ModelError when the model cannot be used. @throws Error when its manifest is wrong.
   */
  static async open(source: string | Manifest, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<PeopleDetector> {
    return new PeopleDetector(await Model.open(manifestOf(source, 'people'), options), writer);
  }

  /**
   * People by falling score, in pixels of the whole picture; boxes stay inside the region that was looked at.
   * Calls must not overlap: the input memory is shared between them.
   * @param region the part of the picture that is looked at, stretched to the model's square; all of it when left out.
   * @throws ModelError when the model fails.
   */
  async detect(picture: Picture, region: Region = { x: 0, y: 0, width: picture.width, height: picture.height }): Promise<PersonBox[]> {
    const { format, threshold, overlap } = this.#model.manifest;
    this.#writer.write(picture, region, format, this.#model.input);
    const { person, wh } = await this.#model.run(1);
    const heads = { width: this.#width, height: this.#height, classes: 1, side: format.width, heat: person!, boxes: wh! };
    return suppressPeople(peaks(heads, region, Math.min(threshold, CONTINUES)), overlap);
  }

  async close(): Promise<void> { await this.#model.close(); }
}
