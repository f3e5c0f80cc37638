/** Changes that mediasoup's sources need to run on the system's libraries, each with its reason. */
import fs from 'node:fs';
import path from 'node:path';

export const PATCHES = [
  {
    // The BIO callback answers 1 to every BIO_ctrl(), where it should hand back the call's own result.
    // mediasoup's own OpenSSL is built without kernel TLS; the system's is built with it, asks
    // "BIO_CTRL_GET_KTLS_SEND?", is told 1, allocates no write buffer, and crashes in the first DTLS
    // flight that it sends (do_dtls1_write() writing at NULL).
    file: 'src/RTC/DtlsTransport.cpp',
    text: '(operationType == BIO_CB_RETURN)',
    replacement: '((operationType & BIO_CB_RETURN) != 0)',
  },
];

/**
 * Applies the patches in memory.
 * @param worker the package's worker folder
 * @returns Map of source file → patched text
 * @throws Error unless each text is there exactly once: a new version wants a new look at the patch
 */
export function patchedSources(worker, patches = PATCHES) {
  const patched = new Map();
  for (const { file, text, replacement } of patches) {
    const source = patched.get(file) ?? fs.readFileSync(path.join(worker, file), 'utf8');
    const parts = source.split(text);
    if (parts.length !== 2) throw new Error(`${file} has changed: look again at the patch of "${text}"`);
    patched.set(file, parts.join(replacement));
  }
  return patched;
}
