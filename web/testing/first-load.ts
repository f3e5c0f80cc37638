/** What vite's manifest says about one built module. */
export interface ManifestEntry {
  file: string;
  isEntry?: boolean;
  imports?: string[];
  css?: string[];
  assets?: string[];
}
export type Manifest = Record<string, ManifestEntry>;

/**
 * Files that a browser loads for these modules: themselves, what they import statically, their styles, and those
 * assets that match. Each file once. @throws RangeError for a module that the manifest does not know.
 */
export function filesOf(manifest: Manifest, keys: readonly string[], assets: RegExp): string[] {
  const seen = new Set<string>();
  const files = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    const entry = manifest[key];
    if (!entry) throw new RangeError(`the manifest has no ${key}`);
    files.add(entry.file);
    for (const file of entry.css ?? []) files.add(file);
    for (const file of entry.assets ?? []) if (assets.test(file)) files.add(file);
    for (const next of entry.imports ?? []) visit(next);
  };
  for (const key of keys) visit(key);
  return [...files];
}
