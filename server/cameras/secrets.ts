import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** The file in the data folder that holds the key of a hub with a store of its own. */
export const KEY_FILE = 'secrets.key';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What was sealed cannot be read: it was sealed with another key, for something else, or was changed. */
export class SealBroken extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'SealBroken';
  }
}

/** There is no key to seal with; the message says how to give one. */
export class NoKey extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'NoKey';
  }
}

/** Seals small secrets at rest. `purpose` binds a sealed text to what it is for: elsewhere it does not open. */
export interface Sealer {
  /** @throws NoKey */
  seal(text: string, purpose: string): string;
  /** @throws SealBroken, NoKey */
  open(sealed: string, purpose: string): string;
}

export interface SealerOptions {
  /** The key as the settings give it; null: a file of the data folder, made when it is first needed. */
  key: string | null;
  dataDir: string;
  /** Whether other hubs share the store: what this machine alone can open would be of no use to them. */
  shared: boolean;
}

/**
 * AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits; the key is derived from the given one by HKDF-SHA-256
 * (RFC 5869). A sealed text is `v1.<key's mark>.<nonce, text and tag in base64url>`.
 */
export function createSealer(options: SealerOptions): Sealer {
  let known: { key: Buffer; mark: string } | undefined;
  const material = (): { key: Buffer; mark: string } => (known ??= derive(options.key ?? fileKey(options)));
  return {
    seal(text, purpose) {
      const { key, mark } = material();
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
      return `${VERSION}.${mark}.${Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')}`;
    },
    open(sealed, purpose) {
      const { key, mark } = material();
      const [version, by, body = ''] = sealed.split('.');
      if (version !== VERSION || by === undefined) throw new SealBroken('this was not sealed by a hub of this version');
      if (by !== mark) throw new SealBroken('this was sealed with another key: give the hub the key that it was sealed with');
      const bytes = Buffer.from(body, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SealBroken('the sealed text is cut off');
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG_BYTES));
        return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (error) {
        throw new SealBroken(`the sealed text was changed or moved (${error instanceof Error ? error.message : 'unknown'})`);
      }
    },
  };
}

function derive(secret: string): { key: Buffer; mark: string } {
  const key = Buffer.from(hkdfSync('sha256', secret, 'otklik', 'camera sources', 32));
  return { key, mark: createHash('sha256').update(key).digest('hex').slice(0, 8) };
}

/** The key in the data folder, for its owner's eyes only. @throws NoKey */
function fileKey({ dataDir, shared }: SealerOptions): string {
  if (shared) throw new NoKey('Set OTKLIK_SECRETS_KEY to the same 32 characters or more at every hub (openssl rand -hex 32): without it the passwords of cameras cannot be kept in a shared database.');
  const file = path.join(dataDir, KEY_FILE);
  try {
    fs.mkdirSync(dataDir, { recursive: true });
    fs.writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw new NoKey(`The key file ${KEY_FILE} cannot be written to the data folder: make room or set OTKLIK_SECRETS_KEY.`);
  }
  const key = fs.readFileSync(file, 'utf8').trim();
  if (!/^[\x21-\x7e]{32,200}$/.test(key)) throw new NoKey(`The key file ${KEY_FILE} in the data folder is damaged: restore it from where you keep it, or remove it and enter the cameras' addresses again.`);
  return key;
}
