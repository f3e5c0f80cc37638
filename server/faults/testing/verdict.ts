import { expect } from 'vitest';
import type { AnyEvent, ChannelName } from '../../../contract/index.ts';
import { readLog } from './calls.ts';
import type { ConsoleCrowd } from './console-crowd.ts';
import { accountOfCrowd, headsOf, type CrowdAccount } from './crowd-account.ts';
import { accountOf, NOTHING_WRONG, readWithAlerts, type LogAccount } from './log-account.ts';
import type { SteadySender } from './steady-sender.ts';

const FINISH_MS = 15_000;

/** What is left of a fault when everybody has finished: the senders' side, the logs and what consoles heard. */
export interface Verdict {
  made: number;
  acknowledged: number;
  /** Requests that failed or got no 200. */
  failures: number;
  /** Presses that were sent again although the log had them. */
  resent: number;
  refused: string[];
  logs: LogAccount[];
  heard: CrowdAccount;
}

/**
 * Lets the senders deliver what they hold and the consoles come to the ends of the logs, read through the hub at
 * `origin`, and compares all of it. Closes the crowd. @throws when somebody does not finish in time
 */
export async function judge({ crowd, senders, sites, origin, cookie }: { crowd: ConsoleCrowd; senders: readonly SteadySender[]; sites: readonly string[]; origin: string; cookie: string }): Promise<Verdict> {
  await Promise.all(senders.map((sender) => sender.finish(FINISH_MS)));
  const read = async (): Promise<Map<ChannelName, AnyEvent[]>> => new Map(await Promise.all(sites.map(async (site) => [`floor:${site}` as ChannelName, await readWithAlerts(() => readLog(origin, cookie, site))] as const)));
  await crowd.whenAt(headsOf(await read()), FINISH_MS);
  crowd.close();
  const logs = await read();
  const sum = (of: (sender: SteadySender) => number): number => senders.reduce((total, sender) => total + of(sender), 0);
  return {
    made: sum((one) => one.made.size), acknowledged: sum((one) => one.acknowledged.size), failures: sum((one) => one.failures), resent: sum((one) => one.duplicates),
    refused: senders.flatMap((one) => one.refused),
    logs: [...logs].map(([channel, log]) => accountOf(log, new Set(senders.filter(({ site }) => channel === `floor:${site}`).flatMap(({ acknowledged }) => [...acknowledged])))),
    heard: accountOfCrowd(crowd, logs),
  };
}

/** Fails unless every press is acknowledged, in the log once and heard once, in order, by every console. */
export function expectNothingLost({ made, acknowledged, refused, logs, heard }: Verdict): void {
  expect(refused).toEqual([]);
  expect(acknowledged).toBe(made);
  for (const account of logs) expect(account).toMatchObject(NOTHING_WRONG);
  expect(heard.wrong.slice(0, 10)).toEqual([]);
  expect(heard.applied).toBeGreaterThan(0);
}

/** The counts in words. */
export function wordsOf({ acknowledged, failures, resent, logs, heard }: Verdict): string {
  const total = (of: (account: LogAccount) => number): number => logs.reduce((n, account) => n + of(account), 0);
  return `${acknowledged} presses acknowledged (${failures} requests without 200, ${resent} presses sent again that the log had), ${total(({ alerts }) => alerts)} alerts; `
    + `${heard.consoles} consoles took ${heard.applied} events one by one, ${heard.covered} within ${heard.resnapshots} snapshots of resuming, ${heard.deltas} deltas, ${heard.unasked} states made anew, ${heard.states} different states compared; `
    + `lost ${total(({ lost }) => lost)}, doubled ${total(({ doubled }) => doubled)}, wrong at consoles ${heard.wrong.length}`;
}
