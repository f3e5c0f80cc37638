import type { InferenceSession } from 'onnxruntime-node';
import type { TensorWriter } from './channels.ts';
import { FaceModel } from './face-model.ts';
import { loadManifest, manifestPath, type Manifest } from './manifest.ts';
import type { Picture, Region } from './picture.ts';
import { poseOf, type Pose } from './pose.ts';

export type { Pose } from './pose.ts';

const VALUES = 136;

/** Reads how faces are turned, from 68 points. One instance serves one thread. */
export class LandmarkReader {
  readonly #model: FaceModel;

  constructor(model: FaceModel) {
    this.#model = model;
  }

  /**
   * @param source a manifest, its path, or the path of an .onnx file with its manifest beside it.
   * @throws ModelError when the model cannot be used. @throws Error when its manifest is wrong.
   */
  static async open(source: string | Manifest, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<LandmarkReader> {
    const manifest = typeof source === 'string' ? loadManifest(manifestPath(source), 'landmarks') : source;
    return new LandmarkReader(await FaceModel.open(manifest, options, writer));
  }

  /** How one face is turned; null when the points do not lie as on a face. @throws ModelError when the model fails. */
  async pose(picture: Picture, face: Region): Promise<Pose | null> {
    return (await this.poses(picture, [face]))[0]!;
  }

  /** One answer for each face, in the same order. Calls must not overlap. @throws ModelError when the model fails. */
  async poses(picture: Picture, faces: readonly Region[]): Promise<(Pose | null)[]> {
    const poses: (Pose | null)[] = [];
    await this.#model.each(picture, faces, (_, { points }, place) => { poses.push(poseOf(points!, place * VALUES)); });
    return poses;
  }

  /** The 68 points of one face in pixels of the picture, x and y in turn. @throws ModelError when the model fails. */
  async points(picture: Picture, face: Region): Promise<Float32Array> {
    const { cropShare } = this.#model.model.manifest;
    const side = Math.max(face.width, face.height) * cropShare;
    const left = face.x + (face.width - side) / 2;
    const top = face.y + (face.height - side) / 2;
    const found = new Float32Array(VALUES);
    await this.#model.each(picture, [face], (_, { points }) => {
      for (let i = 0; i < VALUES; i += 2) {
        found[i] = left + points![i]! * side;
        found[i + 1] = top + points![i + 1]! * side;
      }
    });
    return found;
  }

  async close(): Promise<void> { await this.#model.close(); }
}
