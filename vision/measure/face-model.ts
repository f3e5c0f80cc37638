import type { InferenceSession } from 'onnxruntime-node';
import type { TensorWriter } from './channels.ts';
import { manifestOf, type Job, type Manifest } from './manifest.ts';
import { Model, type Outputs } from './model.ts';
import type { Picture, Region } from './picture.ts';

/** Square on the box's centre; its side is `share` of the box's longer side. */
export function faceSquare(face: Region, share: number): Region {
  const side = Math.max(face.width, face.height) * share;
  return { x: face.x + face.width / 2 - side / 2, y: face.y + face.height / 2 - side / 2, width: side, height: side };
}

/** A model that takes squares with one face each. One instance serves one thread. */
export class FaceModel {
  readonly model: Model;
  readonly #writer: TensorWriter;

  constructor(model: Model, writer: TensorWriter) {
    this.model = model;
    this.#writer = writer;
  }

  /**
   * @param source see `manifestOf`.
   * @throws ModelError when the model cannot be used. @throws Error when its manifest is wrong.
   */
  static async open(source: string | Manifest, job: Job, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<FaceModel> {
    return new FaceModel(await Model.open(manifestOf(source, job), options), writer);
  }

  /**
   * Calls `take` for each face with the outputs of its batch and its place in them. Calls must not overlap.
   * @throws ModelError when the model fails.
   */
  async each(picture: Picture, faces: readonly Region[], take: (face: number, outputs: Outputs, place: number) => void): Promise<void> {
    const { capacity, input, one, manifest } = this.model;
    for (let from = 0; from < faces.length; from += capacity) {
      const count = Math.min(capacity, faces.length - from);
      for (let i = 0; i < count; i++) this.#writer.write(picture, faceSquare(faces[from + i]!, manifest.cropShare), manifest.format, input, i * one);
      const outputs = await this.model.run(count);
      for (let i = 0; i < count; i++) take(from + i, outputs, i);
    }
  }

  async close(): Promise<void> { await this.model.close(); }
}

/** Something that is read of faces by one model. One instance serves one thread. */
export abstract class FaceReader {
  protected readonly model: FaceModel;

  constructor(model: FaceModel) {
    this.model = model;
  }

  /** Gives the memory of the model back. */
  async close(): Promise<void> { await this.model.close(); }
}
