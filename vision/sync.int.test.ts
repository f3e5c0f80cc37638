import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CameraSetup } from '../contract/index.ts';
import { SetupSync, type NodeHolding, type Pull } from './sync.ts';
import { FakeHub, until } from './testing/hub.ts';
import { testSetup } from './testing/setup.ts';

const SECRET = 'rtsp://viewer:hunter2@192.0.2.7/stream';

/** A log whose lines can be looked at. */
function recordingLog() {
  const lines: string[] = [];
  return { lines, log: pino({ level: 'trace' }, { write: (line: string) => { lines.push(line); } }) };
}

describe('SetupSync', () => {
  let hub: FakeHub;
  const syncs: SetupSync[] = [];
  const holding: { now: NodeHolding } = { now: { room: 0, load: 0, cameras: [], pulling: [] } };
  beforeEach(async () => {
    hub = new FakeHub();
    holding.now = { room: 3, load: 0.25, cameras: ['cam-a', 'cam-b'], pulling: [] };
    await hub.listen();
  });
  afterEach(async () => {
    for (const sync of syncs.splice(0)) sync.close();
    await hub.close();
    expect(hub.violations).toEqual([]);
  });

  const start = (extra: { everyMs?: number; url?: string; configure?(setup: CameraSetup): void } = {}) => {
    const setups: CameraSetup[] = [];
    const pulls: (readonly Pull[])[] = [];
    const { lines, log } = recordingLog();
    const sync = new SetupSync({
      hubUrl: extra.url ?? hub.url, token: hub.token, node: 'node-1', log, everyMs: extra.everyMs ?? 20, holding: () => holding.now,
      configure: (setup) => { setups.push(setup); extra.configure?.(setup); }, pull: (list) => { pulls.push(list); },
    });
    syncs.push(sync);
    sync.now();
    return { sync, setups, pulls, lines };
  };
  const versions = (setups: readonly CameraSetup[], camera: string) => setups.filter((setup) => setup.camera === camera).map(({ version }) => version);

  it('says what the node holds, and takes every set-up once', async () => {
    const { setups } = start();
    await until(() => hub.syncs.length >= 4, 'four looks');
    expect(hub.syncs[0]).toEqual({ node: 'node-1', room: 3, load: 0.25, cameras: [{ camera: 'cam-a', version: -1 }, { camera: 'cam-b', version: -1 }], pulling: [] });
    expect(hub.syncs[1]!.cameras).toEqual([{ camera: 'cam-a', version: 1 }, { camera: 'cam-b', version: 1 }]);
    expect(setups).toEqual([testSetup('cam-a'), testSetup('cam-b')]);
  });

  it('hears of a change, of one within a version, and of a set-up that was taken away', async () => {
    const { sync, setups } = start();
    await until(() => setups.length === 2, 'the first set-ups');
    hub.configure('cam-a', { staff: null });
    await until(() => setups.length === 3, 'the change');
    hub.configure('cam-a', { version: 2, openUntil: 5 });
    await until(() => setups.length === 4, 'that it was opened');
    hub.removeSetup('cam-b');
    await until(() => setups.length === 5, 'that it was taken away');
    expect(versions(setups, 'cam-a')).toEqual([1, 2, 2]);
    expect(versions(setups, 'cam-b')).toEqual([1, 0]);
    expect(sync.setup('cam-a')).toMatchObject({ staff: null, openUntil: 5 });
  });

  it('looks at once when it is told to, however long the pause is', async () => {
    const { sync, setups } = start({ everyMs: 3_600_000 });
    await until(() => setups.length === 2, 'the first set-ups');
    hub.configure('cam-a', {});
    sync.now();
    await until(() => setups.length === 3, 'the change');
    hub.configure('cam-a', {});
    sync.now();
    sync.now();
    await until(() => setups.length === 4, 'the next change');
  });

  it('gives a camera that opens anew its last set-up while the hub is away, and goes on when it is back', async () => {
    const { sync, setups, lines } = start();
    await until(() => setups.length === 2, 'the first set-ups');
    await hub.close();
    await until(() => lines.some((line) => line.includes('stay in force')), 'the loss to be said');
    sync.opened('cam-a');
    expect(setups.at(-1)).toEqual(testSetup('cam-a'));
    hub.configure('cam-a', { counting: true });
    await hub.listen();
    await until(() => setups.at(-1)?.counting === true, 'the change of meanwhile');
    await until(() => lines.some((line) => line.includes('from the hub again')), 'the return to be said');
    expect(lines.filter((line) => line.includes('stay in force')).length).toBeLessThan(5);
  });

  it('hands on the whole list of IP cameras, and writes no address anywhere', async () => {
    const { pulls, lines } = start();
    hub.setPulls([{ camera: 'ip-1', url: SECRET }]);
    await until(() => pulls.at(-1)?.length === 1, 'the IP camera');
    expect(pulls.at(-1)).toEqual([{ camera: 'ip-1', site: 'shop', url: SECRET }]);
    hub.setPulls([]);
    await until(() => pulls.at(-1)?.length === 0, 'its end');
    expect(lines.join('')).not.toContain('hunter2');
  });

  it('repeats what a scene looks like until the hub has judged it', async () => {
    const { sync, setups } = start();
    await until(() => setups.length === 2, 'the first set-ups');
    hub.refuseWith = 503;
    sync.reportScene('cam-a', 1, 'old00000');
    sync.reportScene('cam-a', 1, 'AAAAAAAA');
    hub.refuseWith = undefined;
    await until(() => hub.setup('cam-a').scene !== null, 'the scene');
    await until(() => setups.length === 3, 'the set-up with it');
    expect(setups.at(-1)).toMatchObject({ camera: 'cam-a', version: 1, scene: hub.scenes[0]!.scene });
    expect(hub.scenes.at(-1)).toEqual({ camera: 'cam-a', version: 1, scene: 'AAAAAAAA' });
  });

  it('one set-up that cannot be applied does not keep the others from theirs', async () => {
    const { setups, lines } = start({ configure: (setup) => { if (setup.camera === 'cam-a') throw new Error('no'); } });
    await until(() => setups.length === 2, 'both set-ups');
    expect(lines.join('')).toContain('could not be applied');
  });

  it('takes nothing of an answer that is none, and asks on', async () => {
    const answers = ['<html>', '{"setups":[{"camera":"x"}],"pull":[]}', `{"setups":[],"pull":[{"camera":"ip-1","site":"shop","url":"${SECRET}"`, '{}', JSON.stringify({ setups: [testSetup('cam-a', { version: 7 })], pull: [] })];
    let asked = 0;
    const rubbish: Server = createServer((request, response) => { request.resume().on('end', () => response.end(answers[Math.min(asked++, answers.length - 1)])); });
    await new Promise<void>((done) => rubbish.listen(0, '127.0.0.1', done));
    const { setups, pulls, lines } = start({ url: `http://127.0.0.1:${(rubbish.address() as AddressInfo).port}` });
    await until(() => setups.length > 0, 'the answer that is one');
    expect(versions(setups, 'cam-a')).toEqual([7]);
    expect(pulls[0]).toEqual([]);
    expect(lines.join('')).not.toContain('hunter2');
    rubbish.closeAllConnections();
    await new Promise((done) => rubbish.close(done));
  });
});
