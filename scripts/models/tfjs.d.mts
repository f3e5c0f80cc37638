import type { Weight } from './weights.mjs';

export interface GraphOutput { name: string; shape: number[]; node?: string }
export function convertTfjsGraph(
  modelJson: object,
  bytes: Buffer,
  io: { inputShape: number[]; outputs: GraphOutput[]; weights?: (weights: Map<string, Weight>) => void },
): Buffer;
