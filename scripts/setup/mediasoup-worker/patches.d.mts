export interface Patch {
  file: string;
  text: string;
  replacement: string;
}
export const PATCHES: Patch[];
export function patchedSources(worker: string, patches?: Patch[]): Map<string, string>;
