import { createECDH } from 'node:crypto';
import { eq } from '../core/store/drizzle.ts';
import type { Clock } from '../core/clock.ts';
import type { Store } from '../core/store/store.ts';
import { notifyKeysTable } from './tables.ts';

/** The pair by which push services know this installation (RFC 8292), both base64url: 65 bytes of the point and 32 of the number. */
export interface VapidKeys { publicKey: string; privateKey: string }

const NAME = 'vapid';

function newKeys(): VapidKeys {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys();
  // A number with leading zeros comes out shorter than the 32 bytes that are wanted.
  const number = pair.getPrivateKey();
  return { publicKey: publicKey.toString('base64url'), privateKey: Buffer.concat([Buffer.alloc(32 - number.length), number]).toString('base64url') };
}

/** The installation's keys, made by whichever hub needs them first and the same for all ever after. @throws StoreUnavailable */
export function createVapid(store: Store, clock: Clock): () => Promise<VapidKeys> {
  const keys = store.use(notifyKeysTable);
  let known: VapidKeys | undefined;

  return async () => {
    if (known) return known;
    const kept = await store.read((db) => db.select().from(keys).where(eq(keys.name, NAME)).limit(1));
    const value = kept[0]?.value ?? await store.transaction(async ({ db }) => {
      await db.insert(keys).values({ name: NAME, value: JSON.stringify(newKeys()), createdAt: clock() }).onConflictDoNothing();
      return (await db.select().from(keys).where(eq(keys.name, NAME)).limit(1))[0]!.value;
    }, `notify keys`);
    return (known = JSON.parse(value) as VapidKeys);
  };
}
