import type { Manifest } from './manifest.ts';

/** A size of an output: that many, or any number that two outputs must share. */
type Size = number | 'n' | 'rows' | 'columns';

/** What a model of each job gives for one picture. An expression model gives one output of any name. */
const OUTPUTS: Record<Exclude<Manifest['job'], 'expression'>, Record<string, readonly Size[]>> = {
  /** Background and face; x1, y1, x2, y2 as shares of width and height. */
  faces: { scores: ['n', 2], boxes: ['n', 4] },
  /** x, y of the 68 iBUG points as shares of the square. */
  landmarks: { points: [136] },
  /** Years; P(male), P(female). */
  age_gender: { age: [1], gender: [2] },
  /** P(middle of a person) of each cell; how far the box reaches left, up, right and down, in pixels of the input. */
  people: { person: ['rows', 'columns', 1], wh: ['rows', 'columns', 4] },
};

/**
 * Checks the outputs that a manifest names against what its job needs.
 * @throws Error that says which output is wrong.
 */
export function checkOutputs({ job, outputs, classes }: Manifest, path: string): void {
  if (job === 'expression') {
    if (outputs === undefined) return;
    const names = Object.keys(outputs);
    if (names.length !== 1) throw new Error(`${path}: outputs must name the one with the classes, not ${names.length}`);
    const [shape] = Object.values(outputs);
    if (shape!.length !== 1 || shape![0] !== classes.length) throw new Error(`${path}: outputs.${names[0]}.shape must be ["batch", ${classes.length}], one value for each class`);
    return;
  }
  if (outputs === undefined) throw new Error(`${path}: outputs must name ${Object.keys(OUTPUTS[job]).join(' and ')}`);
  const shared = new Map<Size, string | number>();
  for (const [name, sizes] of Object.entries(OUTPUTS[job])) {
    const shape = outputs[name];
    if (shape === undefined) throw new Error(`${path}: outputs must name ${Object.keys(OUTPUTS[job]).join(' and ')}; "${name}" is missing`);
    if (!fits(shape, sizes, shared)) throw new Error(`${path}: outputs.${name}.shape must be [batch, ${sizes.join(', ')}], not [batch, ${shape.join(', ')}]`);
  }
}

function fits(shape: readonly (string | number)[], sizes: readonly Size[], shared: Map<Size, string | number>): boolean {
  return shape.length === sizes.length && sizes.every((size, i) => {
    const given = shape[i]!;
    if (typeof size === 'number') return given === size;
    const known = shared.get(size);
    shared.set(size, given);
    return (known === undefined || known === given) && typeof given === 'number' && given > 0;
  });
}
