import type { InferenceSession } from 'onnxruntime-node';
import type { TensorWriter } from './channels.ts';
import { FaceModel, FaceReader, faceSquare } from './face-model.ts';
import type { Manifest } from './manifest.ts';
import type { Picture, Region } from './picture.ts';
import { poseOf, type Pose } from './pose.ts';

export type { Pose } from './pose.ts';

const VALUES = 136;

/** Reads how faces are turned, from 68 points. One instance serves one thread. */
export class LandmarkReader extends FaceReader {
  /** @throws ModelError or Error, as `FaceModel.open` does. */
  static async open(source: string | Manifest, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<LandmarkReader> {
    return new LandmarkReader(await FaceModel.open(source, 'landmarks', options, writer));
  }

  /** How one face is turned; null when the points do not lie as on a face. @throws ModelError when the model fails. */
  async pose(picture: Picture, face: Region): Promise<Pose | null> {
    return (await this.poses(picture, [face]))[0]!;
  }

  /** One answer for each face, in the same order. Calls must not overlap. @throws ModelError when the model fails. */
  async poses(picture: Picture, faces: readonly Region[]): Promise<(Pose | null)[]> {
    const poses: (Pose | null)[] = [];
    await this.model.each(picture, faces, (_, { points }, place) => { poses.push(poseOf(points!, place * VALUES)); });
    return poses;
  }

  /** The 68 points of one face in pixels of the picture, x and y in turn. @throws ModelError when the model fails. */
  async points(picture: Picture, face: Region): Promise<Float32Array> {
    const square = faceSquare(face, this.model.model.manifest.cropShare);
    const found = new Float32Array(VALUES);
    await this.model.each(picture, [face], (_, { points }) => {
      for (let i = 0; i < VALUES; i += 2) {
        found[i] = square.x + points![i]! * square.width;
        found[i + 1] = square.y + points![i + 1]! * square.height;
      }
    });
    return found;
  }
}
