import type { InferenceSession } from 'onnxruntime-node';
import type { TensorWriter } from './channels.ts';
import { FaceModel, FaceReader } from './face-model.ts';
import type { Manifest } from './manifest.ts';
import type { Picture, Region } from './picture.ts';

/** P(male) 0..1, and years: for bands over many people, never to be shown of one. */
export interface Person { male: number; age: number }

const OLDEST = 110;

/** Reads the age and the sex of faces. One instance serves one thread. */
export class PersonReader extends FaceReader {
  /** @throws ModelError or Error, as `FaceModel.open` does. */
  static async open(source: string | Manifest, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<PersonReader> {
    return new PersonReader(await FaceModel.open(source, 'age_gender', options, writer));
  }

  /** One answer for each face, in the same order. Calls must not overlap. @throws ModelError when the model fails. */
  async read(picture: Picture, faces: readonly Region[]): Promise<Person[]> {
    const people: Person[] = [];
    await this.model.each(picture, faces, (_, { age, gender }, place) => {
      people.push({ male: Math.min(1, Math.max(0, gender![2 * place]!)), age: Math.min(OLDEST, Math.max(0, age![place]!)) });
    });
    return people;
  }
}
