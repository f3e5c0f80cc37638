export interface Source {
  name: string;
  version: string;
  licence: string;
  megabytes: number;
  integrity: string;
  files: Record<string, string>;
}
export const MODELS: readonly { file: string; from: Source; parts: string[]; make(files: Buffer[]): Buffer }[];
export const SAMPLES: readonly { from: Source; part: string; file: string; sha256: string }[];
