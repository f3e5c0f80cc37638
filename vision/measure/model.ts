import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { tensorLength, type TensorFormat } from './channels.ts';
import type { Job, Manifest } from './manifest.ts';

/** Pictures that go through a model at once; bounds the memory of a crowded picture. */
const BATCH = 8;

/** A model file that cannot be used or stopped giving numbers. `message` names the file and says what is wrong. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly job: Job;
  readonly model: string;
  readonly file: string;

  constructor({ job, name, path }: Manifest, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.job = job;
    this.model = name;
    this.file = path;
  }
}

/** Outputs by name, pictures one after another. Overwritten by the next run. */
export type Outputs = Readonly<Record<string, Float32Array>>;
interface Output { name: string; /** Sizes for one picture. */ shape: readonly number[]; length: number; data: Float32Array }

/** One ONNX model with its input and output memory, which every run uses again. One instance serves one thread. */
export class Model {
  readonly manifest: Manifest;
  /** Pictures that a run takes at most. */
  readonly capacity: number;
  /** What goes in: pictures one after another, each `one` long. */
  readonly input: Float32Array;
  readonly one: number;
  readonly #session: InferenceSession;
  readonly #outputs: readonly Output[];
  readonly #results: Outputs;
  readonly #feeds: InferenceSession.FeedsType[] = [];
  readonly #fetches: Record<string, Tensor>[] = [];
  #broken: ModelError | undefined;

  constructor(manifest: Manifest, session: InferenceSession, outputs: readonly Output[]) {
    this.manifest = manifest;
    this.capacity = manifest.anyBatch ? BATCH : 1;
    this.one = tensorLength(manifest.format);
    this.input = new Float32Array(this.capacity * this.one);
    this.#session = session;
    this.#outputs = outputs;
    this.#results = Object.fromEntries(outputs.map(({ name, data }) => [name, data]));
  }

  /**
   * Loads a model, holds it against its manifest and runs it on pictures that show nothing.
   * @throws ModelError that says what is wrong: no ONNX, another input or output than described, or outputs that are no numbers.
   */
  static async open(manifest: Manifest, options: InferenceSession.SessionOptions): Promise<Model> {
    const session = await load(manifest, options);
    try {
      checkInput(manifest, session);
      const model = new Model(manifest, session, await probe(manifest, session));
      await model.#try();
      return model;
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * Runs the first `count` pictures of `input`. Calls must not overlap.
   * @throws ModelError when the model fails. After it gave something that is no number every later run throws the same.
   */
  async run(count: number): Promise<Outputs> {
    if (this.#broken) throw this.#broken;
    if (count < 1 || count > this.capacity) throw new RangeError(`${this.manifest.name} takes 1 to ${this.capacity} pictures, not ${count}`);
    try {
      await this.#session.run(this.#feed(count), this.#fetch(count));
    } catch (error) {
      throw new ModelError(this.manifest, `the model failed: ${firstLine(error)}`, { cause: error });
    }
    for (const { name, length, data } of this.#outputs) {
      if (allFinite(data, count * length)) continue;
      this.#broken = new ModelError(this.manifest, `output "${name}" has values that are no numbers; the model is not used any more`);
      throw this.#broken;
    }
    return this.#results;
  }

  /** Gives the memory of the model back. */
  async close(): Promise<void> { await this.#session.release(); }

  /** Grey and noise, alone and, where the model takes several, two at once. */
  async #try(): Promise<void> {
    writeProbe(this.manifest.format, this.input, 0, 'grey');
    await this.run(1);
    writeProbe(this.manifest.format, this.input, 0, 'noise');
    await this.run(1);
    if (this.capacity === 1) return;
    writeProbe(this.manifest.format, this.input, this.one, 'grey');
    await this.run(2);
  }

  #feed(count: number): InferenceSession.FeedsType {
    return this.#feeds[count] ??= { [this.#session.inputNames[0]!]: tensorOf(this.manifest.format, this.input, count) };
  }

  #fetch(count: number): Record<string, Tensor> {
    return this.#fetches[count] ??= Object.fromEntries(this.#outputs.map(({ name, shape, length, data }) =>
      [name, new Tensor('float32', data.subarray(0, count * length), [count, ...shape])]));
  }
}

async function load(manifest: Manifest, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(readFileSync(manifest.path), options);
  } catch (error) {
    throw new ModelError(manifest, `this is no ONNX model that can be run, or it is cut off (${firstLine(error)})`, { cause: error });
  }
}

function checkInput(manifest: Manifest, { inputMetadata }: InferenceSession): void {
  const [input, ...more] = inputMetadata;
  if (!input || more.length > 0) throw new ModelError(manifest, `the model must take one input, it takes ${inputMetadata.length}`);
  if (manifest.input !== undefined && manifest.input !== input.name) throw new ModelError(manifest, `the model's input is named "${input.name}", its manifest says "${manifest.input}"`);
  if (!input.isTensor || input.type !== 'float32') throw new ModelError(manifest, `the input "${input.name}" must be a float32 tensor`);
  const wanted = [manifest.anyBatch ? 'batch' : 1, ...shapeOf(manifest.format)];
  const same = input.shape.length === wanted.length && wanted.every((size, i) => typeof input.shape[i] === 'string' || size === input.shape[i]);
  // A model without a word on its shape is judged by the run.
  if (input.shape.length > 0 && !same) throw new ModelError(manifest, `the model takes pictures of [${input.shape.join(', ')}], its manifest says [${wanted.join(', ')}]`);
}

/** Runs one picture to learn the outputs' sizes. */
async function probe(manifest: Manifest, session: InferenceSession): Promise<Output[]> {
  const names = Object.keys(manifest.outputs ?? {});
  if (names.length === 0 && session.outputNames.length !== 1) throw new ModelError(manifest, `the model gives ${session.outputNames.length} outputs (${session.outputNames.join(', ')}), its manifest must name the one to read in "outputs"`);
  const missing = names.find((name) => !session.outputNames.includes(name));
  if (missing !== undefined) throw new ModelError(manifest, `the model has no output "${missing}", only ${session.outputNames.join(', ')}`);
  const one = new Float32Array(tensorLength(manifest.format));
  writeProbe(manifest.format, one, 0, 'grey');
  const results = await run(manifest, session, tensorOf(manifest.format, one, 1), names.length === 0 ? session.outputNames : names);
  return Object.entries(results).map(([name, result]) => outputOf(manifest, name, result));
}

async function run(manifest: Manifest, session: InferenceSession, tensor: Tensor, names: readonly string[]): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await session.run({ [session.inputNames[0]!]: tensor }, [...names]);
  } catch (error) {
    throw new ModelError(manifest, `the model failed on a picture of [${tensor.dims.join(', ')}]: ${firstLine(error)}`, { cause: error });
  }
}

function outputOf(manifest: Manifest, name: string, result: InferenceSession.OnnxValueMapType[string]): Output {
  if (!(result instanceof Tensor) || !(result.data instanceof Float32Array)) throw new ModelError(manifest, `output "${name}" must be a float32 tensor`);
  const [batch, ...shape] = result.dims;
  const expected = manifest.outputs?.[name] ?? [manifest.classes.length];
  const same = batch === 1 && shape.length === expected.length && expected.every((size, i) => typeof size === 'string' || size === shape[i]);
  if (!same) throw new ModelError(manifest, `output "${name}" is [${result.dims.join(', ')}] for one picture, its manifest says [1, ${expected.join(', ')}]`);
  const length = shape.reduce((product, size) => product * size, 1);
  return { name, shape, length, data: new Float32Array(length * (manifest.anyBatch ? BATCH : 1)) };
}

/** Sizes of one picture, in the order of the layout. */
function shapeOf({ width, height, layout, colour }: TensorFormat): [number, number, number] {
  const channels = colour === 'gray' ? 1 : 3;
  return layout === 'NCHW' ? [channels, height, width] : [height, width, channels];
}

function tensorOf(format: TensorFormat, data: Float32Array, count: number): Tensor {
  return new Tensor('float32', data.subarray(0, count * tensorLength(format)), [count, ...shapeOf(format)]);
}

/** A picture of one grey, or of noise that is the same every time, normalised as a picture is. */
function writeProbe({ mean, scale, layout, width, height }: TensorFormat, out: Float32Array, offset: number, kind: 'grey' | 'noise'): void {
  const pixels = width * height;
  const channels = mean.length;
  let state = 1;
  for (let i = 0; i < pixels * channels; i++) {
    // Numerical Recipes' generator.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const channel = layout === 'NCHW' ? Math.floor(i / pixels) : i % channels;
    out[offset + i] = ((kind === 'grey' ? 128 : state >>> 24) - mean[channel]!) / scale[channel]!;
  }
}

/** Whether the first `length` values are numbers: x − x is 0 for every number, and no number for infinity and NaN. */
function allFinite(data: Float32Array, length: number): boolean {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += data[i]! - data[i]!;
  return sum === 0;
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!.slice(0, 300);
