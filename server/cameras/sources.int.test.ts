import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Principal } from '../core/auth/index.ts';
import { ApiError } from '../core/http/index.ts';
import { temporaryStore } from '../core/testing/store.ts';
import type { LogStore } from '../core/store/store.ts';
import { blankSetup } from './repository.ts';
import { createSealer } from './secrets.ts';
import { createSources, type SourcesDeps } from './sources.ts';

const by = { kind: 'device' } as unknown as Principal;
let store: LogStore;
let dispose: () => Promise<void>;
beforeAll(async () => { ({ store, dispose } = await temporaryStore()); });
afterAll(() => dispose());

function sourcesWith(addresses: string[], more: Partial<SourcesDeps> = {}) {
  const lookup = vi.fn(async () => addresses.map((address) => ({ address })));
  const sources = createSources({
    store, clock: () => 1, audit: { list: vi.fn(), record: async () => undefined }, sealer: createSealer({ key: 'k'.repeat(40), dataDir: '/nonexistent', shared: store.shared }),
    setups: { cameraIn: async (_db, _by, id) => ({ id, site: 'shop', kind: 'camera', name: id, touchpoint: null }), rowIn: async (_db, { id, site }) => blankSetup(id, site), state: async () => undefined },
    local: false, lookup, ...more,
  });
  return { sources, lookup };
}

describe('where an IP camera is', () => {
  it('is not saved when its name leads to this machine, and the sentence names where it leads', async () => {
    const { sources, lookup } = sourcesWith(['169.254.169.254']);
    const refused = await sources.put(by, 'cam-1', 'rtsp://u:hunter2@meta.example/s').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ApiError);
    expect(refused).toMatchObject({ code: 'source_unusable', status: 422, message: 'The address leads to 169.254.169.254, which is the vision node\'s own machine or an address that no camera has.' });
    expect(lookup).toHaveBeenCalledWith('meta.example');
    await expect(sources.get(by, 'cam-1')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is saved by its name, for the node to judge each time, when it leads into a network where cameras are', async () => {
    const { sources } = sourcesWith(['192.168.1.20']);
    expect(await sources.put(by, 'cam-2', 'rtsp://u:p@cam.shop.local/s')).toMatchObject({ url: 'rtsp://cam.shop.local/s' });
    const [row] = await store.read(sources.all);
    expect(sources.open('cam-2', row!.sealed)).toBe('rtsp://u:p@cam.shop.local/s');
  });

  it('is not asked of a resolver by somebody who may not set it', async () => {
    const { sources, lookup } = sourcesWith(['192.168.1.20'], { setups: { cameraIn: () => Promise.reject(new ApiError('forbidden', 403, 'no')), rowIn: async (_db, { id, site }) => blankSetup(id, site), state: async () => undefined } });
    await expect(sources.put(by, 'cam-3', 'rtsp://cam.example/s')).rejects.toMatchObject({ code: 'forbidden' });
    expect(lookup).not.toHaveBeenCalled();
  });

  it('may be this machine where somebody allows it', async () => {
    const { sources } = sourcesWith(['127.0.0.1'], { local: true });
    expect(await sources.put(by, 'cam-4', 'rtsp://cam.example/s')).toMatchObject({ url: 'rtsp://cam.example/s' });
  });
});
