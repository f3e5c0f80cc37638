import { LIMITS } from '../../../contract/index.ts';
import { mutateBytes, mutateJson, pick, randomBytes, rubbish, type Random } from './mutate.ts';
import { clientMessageOf } from './samples.ts';

export interface Frame { data: Buffer; binary: boolean }

/** A frame for `/ws`: rubbish, a mutated message, one at the limit of size, or a proper one. */
export function frameOf(random: Random): Frame {
  const binary = random.chance(0.03);
  const message = clientMessageOf(random);
  const fine = Buffer.from(JSON.stringify(message));
  switch (random.below(10)) {
    case 0: return { binary, data: Buffer.from(randomBytes(random, random.below(200))) };
    case 1: return { binary, data: Buffer.from(mutateBytes(random, fine)) };
    case 2: return { binary, data: Buffer.from(JSON.stringify(rubbish(random, 4)) ?? 'undefined') };
    case 3: return { binary, data: Buffer.alloc(LIMITS.wsClientFrameBytes - 1 + random.below(4), pick(random, ['[', '{"a":', '"', ' ', '1'])) };
    case 4: case 5: case 6: return { binary, data: Buffer.from(JSON.stringify(mutateJson(random, message)) ?? '') };
    default: return { binary: false, data: fine };
  }
}
