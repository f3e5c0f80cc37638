import { setTimeout as delay } from 'node:timers/promises';
import type { ChannelName } from '../../../contract/index.ts';
import { seededRandom, testSeed } from '../../core/testing/random.ts';
import { ADMIN } from '../../testing/whole-hub.ts';
import { makeButton, makeShop, signIn, succeed } from './calls.ts';
import { ConsoleCrowd, type Console } from './console-crowd.ts';
import type { HubGroup } from './hub-group.ts';
import { LatencyRecorder, words, type Latency } from './latency.ts';
import { when } from './log-account.ts';
import { SteadySender } from './steady-sender.ts';
import { judge, type Verdict } from './verdict.ts';

/** Where each hub takes presses alone: nothing of its own tells the other that there is something to look for. */
const OWN_SITES = ['shop-a', 'shop-b'] as const;
/** Where both take presses, so that offsets of the one lie between those of the other. */
const COMMON_SITE = 'shop-both';
const SITES = [...OWN_SITES, COMMON_SITE];
/** Of each of the four senders. */
const PER_SECOND = 50;
const CONSOLES = 20;
const PROBE_MS = 100;
/** Frames of this time are counted together. */
const SPAN_MS = 2_000;

/** What a hub said of itself at `GET /readyz`, and when it was asked, epoch ms. */
export interface Readiness { at: number; status: number; bus: boolean }

/**
 * Sites that two hubs serve: each hub takes 100 presses a second, half of them at a site of its own, half at one where
 * the other takes presses too; 20 consoles on each follow all of it. Measures how long presses at the hubs' own sites
 * are under way to the consoles.
 */
export class FloorUnderLoad {
  readonly crowd: ConsoleCrowd;
  readonly readiness: Readiness[][] = [[], []];
  #group: HubGroup;
  #cookie: string;
  #senders: SteadySender[] = [];
  #latency = new LatencyRecorder();
  #probing = true;
  #probes: Promise<void>[] = [];

  private constructor(group: HubGroup, cookie: string, seed: number) {
    this.#group = group;
    this.#cookie = cookie;
    this.crowd = new ConsoleCrowd({
      origins: group.hubs.map(({ origin }) => origin), cookie, random: seededRandom(seed),
      onEvents: (console, events, now) => {
        OWN_SITES.forEach((site, hub) => {
          if (events[0]?.site === site) this.#latency.record(`${hub}>${console.hub}`, events.filter(({ type }) => type === 'feedback.rated'), now);
        });
      },
    });
  }

  /** Resolves when every console is live and presses come. */
  static async start(group: HubGroup, name: string): Promise<FloorUnderLoad> {
    const seed = testSeed(name);
    const { cookie } = await signIn(group.at(0).origin, ADMIN.email, ADMIN.password);
    const floor = new FloorUnderLoad(group, cookie, seed);
    try {
      await floor.#begin(seededRandom(seed + 1));
    } catch (error) {
      await floor.dispose();
      throw error;
    }
    return floor;
  }

  async #begin(random: ReturnType<typeof seededRandom>): Promise<void> {
    const { origin } = this.#group.at(0);
    const common = [await makeShop(origin, this.#cookie, COMMON_SITE), await makeButton(origin, this.#cookie, COMMON_SITE)];
    for (const hub of [0, 1] as const) {
      const own = await makeShop(origin, this.#cookie, OWN_SITES[hub]);
      const send = (site: string, token: string): number => this.#senders.push(new SteadySender({ origins: [this.#group.at(hub).origin], home: 0, token, site, perSecond: PER_SECOND, worst: 0.02, random }));
      send(OWN_SITES[hub], own.token);
      send(COMMON_SITE, common[hub]!.token);
      this.crowd.add(CONSOLES, hub, () => SITES.map((site): ChannelName => `floor:${site}`));
    }
    await this.crowd.whenLive(20_000);
    for (const sender of this.#senders) sender.start();
    this.#probes = this.readiness.map((known, hub) => this.#probe(hub, known));
  }

  /** The consoles that are connected to a hub. */
  consolesOf(hub: number): Console[] {
    return this.crowd.consoles.filter((one) => one.hub === hub);
  }

  /** What a hub said last of whether it hears the others; undefined before the first answer. */
  busOf(hub: number): boolean | undefined {
    return this.readiness[hub]!.at(-1)?.bus;
  }

  /** Whether the bus is live by the hub's metrics. */
  async metricOf(hub: number): Promise<number> {
    const text = await (await fetch(`${this.#group.at(hub).origin}/metrics`)).text();
    return Number(/^otklik_bus_live (\d)$/m.exec(text)?.[1]);
  }

  /** From press to frame, of presses at hub `from`'s own site as consoles on hub `to` had them. */
  latency(from: number, to: number, begin: number, end: number): Latency {
    return this.#latency.between([`${from}>${to}`], begin, end);
  }

  /** The same in both directions, and for consoles on the hub that took the presses, in words. */
  latencies(begin: number, end: number): string {
    const own = this.#latency.between(['0>0', '1>1'], begin, end);
    return `A to B ${words(this.latency(0, 1, begin, end))}, B to A ${words(this.latency(1, 0, begin, end))}, within a hub ${words(own)}`;
  }

  /**
   * Resolves when the bus brings presses in both directions: then the other hub's consoles get about as many frames as
   * the consoles of the hub that took the presses, one for each commit. From its looks at the log a hub that trusts
   * the bus makes one or two frames a second. Holds under any load, since both sides are counted. @throws after `ms`
   */
  async whenByBus(ms: number): Promise<void> {
    const since = Date.now();
    await when('the bus brings presses of each hub to the other', ms, () => {
      const begin = Date.now() - SPAN_MS;
      const frames = (path: string): number => this.#latency.framesBetween(path, begin, begin + SPAN_MS);
      return begin >= since && frames('0>1') > frames('0>0') / 2 && frames('1>0') > frames('1>1') / 2;
    });
  }

  /** How much later consoles on the other hub have presses, by the medians, ms. */
  delay(from: number, to: number, begin: number, end: number): number {
    return this.latency(from, to, begin, end).p50 - this.latency(from, from, begin, end).p50;
  }

  /** Gives the own site of hub `of` another name, through that hub. */
  async rename(of: 0 | 1, name: string): Promise<void> {
    await succeed(this.#group.at(of).origin, 'PATCH', `/api/v1/sites/${OWN_SITES[of]}`, { cookie: this.#cookie, body: { name } });
  }

  /** Resolves when every console shows the own site of hub `of` by this name. @throws after `ms` */
  async whenNamed(of: 0 | 1, name: string, ms: number): Promise<void> {
    await when(`every console shows ${name}`, ms, () => this.crowd.consoles.every(({ channels }) => channels.get(`floor:${OWN_SITES[of]}`)?.siteName === name));
  }

  async judge(): Promise<Verdict> {
    await this.#stopProbing();
    return judge({ crowd: this.crowd, senders: this.#senders, sites: SITES, origin: this.#group.at(1).origin, cookie: this.#cookie });
  }

  async dispose(): Promise<void> {
    this.crowd.close();
    await this.#stopProbing();
    await Promise.allSettled(this.#senders.map((sender) => sender.finish(0)));
  }

  async #stopProbing(): Promise<void> {
    this.#probing = false;
    await Promise.all(this.#probes);
  }

  /** Asks again and again; no answer counts as status 0. */
  async #probe(hub: number, known: Readiness[]): Promise<void> {
    while (this.#probing) {
      const at = Date.now();
      const answer = await fetch(`${this.#group.at(hub).origin}/readyz`, { signal: AbortSignal.timeout(3_000) }).then(async (response) => ({ status: response.status, ...await response.json() as { bus: boolean } }), () => ({ status: 0, bus: false }));
      known.push({ at, status: answer.status, bus: answer.bus });
      await delay(PROBE_MS);
    }
  }
}
