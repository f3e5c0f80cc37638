import path from 'node:path';
import { LIMITS, type EventEnvelope, type Me } from '../contract/index.ts';
import { readArgs, USAGE, UsageError, type SimulatorArgs } from './args.ts';
import { Delivery, sleep } from './delivery.ts';
import { found, type Founded } from './found.ts';
import { AdminClient, DeviceClient, HubRefusal } from './hub-client.ts';
import { cameras, DEVICES, SITE_NAME } from './place.ts';
import { NO_MEDIA, type Media } from './plan.ts';
import { chargeOf, isSilent } from './power.ts';
import { Shop, type Deed } from './shop.ts';
import { SCENES } from './video/script.ts';
import { readState } from './state-file.ts';

const STATUS_EVERY_MS = 60_000;
const VERSION = 'simulator 1';
/** Sends the files of everybody's messages. */
const FILES_FROM = 'hall-terminal';

/** Told to a parent process over IPC when the shop plays: paths are relative to the hub's address. */
export interface Ready { type: 'ready'; site: string; wallPath: string; backfilled: number }

async function main(): Promise<void> {
  const args = readArgs(process.argv.slice(2), process.env);
  const abort = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort());
  // A parent that went away would leave an orphan that plays for ever.
  if (process.send) process.once('disconnect', () => abort.abort());
  const report = (line: string): void => { if (!args.quiet) console.log(line); };

  const admin = new AdminClient(args.hub);
  const me = await admin.signIn(args.email, args.password);
  const stateFile = path.join(args.data, 'simulator.json');
  const place = await found({
    hub: args.hub, admin, siteId: args.site, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    devices: [...DEVICES, ...cameras(args.cameras)], state: readState(stateFile, args.hub, args.site), stateFile,
  });
  const media = await mediaOf(args, admin, me, place);
  // A parent gets the wall's link over IPC; its token has no place in the parent's log.
  report(`site ${place.site.name} (${place.site.id}) is ready${process.send ? '' : `, wall: ${args.hub}${place.wallPath}`}`);
  await Promise.all([playShop(args, place, media, abort.signal, report), runCameras(args, place, abort.signal, report)]);
}

/** At somebody's real site nothing is furnished, and messages come without files. */
async function mediaOf(args: SimulatorArgs, admin: AdminClient, me: Me, place: Founded): Promise<Media> {
  if (place.site.name !== SITE_NAME) return NO_MEDIA;
  const { furnish } = await import('./furnish.ts');
  return furnish({ admin, me, siteId: args.site, password: args.password, seed: args.seed, sender: new DeviceClient(args.hub, place.devices.get(FILES_FROM)!.token), cameras: cameras(args.cameras).map((camera) => ({ ...camera, id: place.devices.get(camera.key)!.id })) });
}

async function playShop(args: SimulatorArgs, place: Founded, media: Media, signal: AbortSignal, report: (line: string) => void): Promise<void> {
  const senders = new Map([...place.devices].map(([key, { token }]) => {
    const client = new DeviceClient(args.hub, token);
    return [key, { client, delivery: new Delivery({ post: (url, body) => client.post(url, body), report: (line) => report(`${key}: ${line}`) }) }];
  }));
  const startedAt = Date.now();
  /** What devices without a network keep to themselves. */
  let kept: Deed[] = [];
  const deliver = (news: readonly Deed[]): void => {
    const byDevice = new Map<string, EventEnvelope[]>();
    const all = [...kept, ...news];
    kept = all.filter(({ device }) => isSilent(device, Date.now() - startedAt));
    const deeds = all.filter((deed) => !kept.includes(deed));
    for (const { device, event } of deeds) byDevice.set(device, [...(byDevice.get(device) ?? []), event]);
    for (const [device, events] of byDevice) senders.get(device)?.delivery.add(events);
  };
  const total = (count: 'accepted' | 'duplicates' | 'rejected'): number => [...senders.values()].reduce((sum, { delivery }) => sum + delivery.counts[count], 0);

  const shop = new Shop({ seed: args.seed, site: args.site, timezone: place.site.timezone, hours: args.hours, speed: args.speed, startedAt, media });
  for (let from = 0; from < shop.past.length; from += LIMITS.eventsPerRequest) deliver(shop.past.slice(from, from + LIMITS.eventsPerRequest));
  await Promise.race([Promise.all([...senders.values()].map(({ delivery }) => delivery.settled())), sleep(120_000, signal)]);
  report(`the earlier part of today: ${shop.past.length} events, ${total('accepted')} new, ${total('duplicates')} known already, ${total('rejected')} refused`);
  const ready: Ready = { type: 'ready', site: place.site.id, wallPath: place.wallPath, backfilled: shop.past.length };
  process.send?.(ready);

  const heart = heartbeats([...senders].map(([key, sender]) => ({ key, ...sender })), startedAt, signal);
  let statusAt = Date.now() + STATUS_EVERY_MS;
  while (!signal.aborted) {
    deliver(shop.due(Date.now()));
    await sleep(Math.max(50, shop.wait(Date.now())), signal);
    if (Date.now() < statusAt) continue;
    statusAt += STATUS_EVERY_MS;
    report(`sent: ${total('accepted')} new, ${total('duplicates')} known already, ${total('rejected')} refused`);
  }
  await Promise.all([heart, ...[...senders.values()].map(({ delivery }) => delivery.close())]);
}

/** Every device says that it is there, spread over the interval so that they do not come all at once. */
async function heartbeats(senders: { key: string; client: DeviceClient; delivery: Delivery }[], startedAt: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const { key, client, delivery } of senders) {
      if (signal.aborted) return;
      // A heartbeat that is lost is followed by another; the hub notices a device that stays silent.
      const played = Date.now() - startedAt;
      const battery = chargeOf(key, played);
      if (!isSilent(key, played)) await client.post('/api/v1/devices/me/heartbeat', { sentAt: Date.now(), version: VERSION, outbox: delivery.waiting, ...(battery === undefined ? {} : { battery }) });
      await sleep(LIMITS.heartbeatMs / senders.length, signal);
    }
  }
}

async function runCameras(args: SimulatorArgs, place: Founded, signal: AbortSignal, report: (line: string) => void): Promise<void> {
  if (args.cameras === 0) return;
  // Encoder and WebRTC are large: a shop without cameras starts without them.
  const [{ findPictures, runCamera, samplesFolder, viewOf }, { Library }] = await Promise.all([import('./camera.ts'), import('./video/library.ts')]);
  const pictures = findPictures(args.samples ?? samplesFolder());
  const library = new Library(signal);
  await Promise.all(cameras(args.cameras).map(({ key, name, scene }, index) => {
    const { id, token } = place.devices.get(key)!;
    return runCamera({ hub: args.hub, token, camera: id, view: viewOf(scene, pictures, args.seed + (index < SCENES.length ? 0 : index)), library, signal, report: (line) => report(`${name}: ${line}`) })
      .catch((error: unknown) => report(`${name} stopped: ${error instanceof Error ? error.message : String(error)}`));
  }));
}

main().then(() => process.exit(0), (error: unknown) => {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`);
  else if (error instanceof HubRefusal) console.error(error.message);
  else console.error(error);
  process.exit(error instanceof UsageError ? 2 : 1);
});
