import { randomBytes } from 'node:crypto';
import { HubProcess } from '../../testing/hub-process.ts';

export interface GroupOptions {
  /** For each hub, what differs from the others' environment. */
  hubs: readonly Record<string, string>[];
  databaseUrl: string;
  redisUrl: string;
}

/** Several hubs on one database and one Redis, as processes. Started one after another: the first makes the administrator. */
export class HubGroup {
  readonly hubs: readonly HubProcess[];

  private constructor(hubs: HubProcess[]) {
    this.hubs = hubs;
  }

  static async start({ hubs, databaseUrl, redisUrl }: GroupOptions): Promise<HubGroup> {
    const prefix = `otklik-${randomBytes(6).toString('hex')}`;
    const shared = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, OTKLIK_REDIS_PREFIX: prefix };
    const made: HubProcess[] = [];
    try {
      for (const own of hubs) {
        const hub = await HubProcess.create({ ...shared, ...own });
        made.push(hub);
        await hub.start();
      }
    } catch (error) {
      await Promise.all(made.map((hub) => hub.dispose()));
      throw error;
    }
    return new HubGroup(made);
  }

  at(i: number): HubProcess {
    return this.hubs[i]!;
  }

  /** Whether each process that was started still runs. */
  get alive(): boolean {
    return this.hubs.every(({ child }) => child?.exitCode === null && child.signalCode === null);
  }

  async dispose(): Promise<void> {
    await Promise.all(this.hubs.map((hub) => hub.dispose()));
  }
}
