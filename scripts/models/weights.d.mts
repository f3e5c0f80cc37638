export interface Weight {
  shape: number[];
  data: Float32Array | Int32Array;
}
export function readWeights(manifest: { weights: object[] }[], bytes: Buffer): Map<string, Weight>;
export function convolutionFilter(weight: Weight): Weight;
export function depthwiseFilter(weight: Weight): Weight;
export function halfPrecision(bits: number): number;
