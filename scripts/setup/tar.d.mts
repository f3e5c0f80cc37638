export function filesFromTgz(tgz: Uint8Array, wanted: string[]): Map<string, Buffer>;
