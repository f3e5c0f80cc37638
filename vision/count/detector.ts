import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { PersonBox } from '../readings.ts';
import { TensorWriter, tensorLength, type TensorFormat } from '../measure/channels.ts';
import { floats } from '../measure/detector.ts';
import type { Picture, Region } from '../measure/picture.ts';
import { peaks, suppressPeople, type Heads } from './peaks.ts';

const SIDE = 512;
const INPUT: TensorFormat = { width: SIDE, height: SIDE, layout: 'NHWC', colour: 'rgb', mean: [0, 0, 0], scale: [1, 1, 1] };

/**
 * Finds people with CenterNet (512×512, RGB 0..255): a heat map of middles and, for each place in it, how far the box
 * reaches to the left, top, right and bottom. One instance serves one thread.
 */
export class PeopleDetector {
  readonly #session: InferenceSession;
  readonly #writer: TensorWriter;
  readonly #input = new Float32Array(tensorLength(INPUT));

  constructor(session: InferenceSession, writer: TensorWriter) {
    this.#session = session;
    this.#writer = writer;
  }

  /**
   * @param path of the ONNX file.
   * @throws Error when the file is no ONNX model that the runtime can load.
   */
  static async open(path: string, options: InferenceSession.SessionOptions, writer: TensorWriter): Promise<PeopleDetector> {
    return new PeopleDetector(await InferenceSession.create(path, options), writer);
  }

  /**
   * People by falling score, in pixels of the whole picture; boxes stay inside the region that was looked at.
   * Calls must not overlap: the input memory is shared between them.
   * @param region the part of the picture that is looked at, stretched to the model's square; all of it when left out.
   * @throws Error when the model fails or lacks an output.
   */
  async detect(picture: Picture, region: Region = { x: 0, y: 0, width: picture.width, height: picture.height }): Promise<PersonBox[]> {
    this.#writer.write(picture, region, INPUT, this.#input);
    const name = this.#session.inputNames[0]!;
    const output = await this.#session.run({ [name]: new Tensor('float32', this.#input, [1, SIDE, SIDE, 3]) });
    return suppressPeople(peaks(headsOf(output), region));
  }
}

/** The outputs are known by their shapes: four numbers a cell are boxes, any other count are classes. */
function headsOf(output: InferenceSession.OnnxValueMapType): Heads {
  const tensors = Object.values(output).filter((value) => value instanceof Tensor && value.dims.length === 4);
  const boxes = tensors.find(({ dims }) => dims[3] === 4);
  const heat = tensors.find(({ dims }) => dims[3] !== 4);
  const [, height = 0, width = 0, classes = 0] = heat?.dims ?? [];
  if (!boxes || !heat || boxes.dims[1] !== height || boxes.dims[2] !== width || classes < 1) {
    throw new Error(`the people model must give boxes and classes for the same cells, not ${tensors.map(({ dims }) => dims.join('×')).join(' and ') || 'nothing of the kind'}`);
  }
  return { width, height, classes, side: SIDE, heat: floats(heat), boxes: floats(boxes) };
}
