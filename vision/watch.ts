import { ulid } from 'ulid';
import type { EmotionEpisode, EventEnvelope } from '../contract/index.ts';
import { endEpisodes, NO_EPISODES, stepEpisodes, type EpisodesState, type EpisodeStep, type FacesAt } from './episodes.ts';
import { FROZEN_MS, MOVING, stepFrozen, type FrozenState } from './frozen.ts';

/** An event without the id that the outbox gives it. */
export type NewEvent = Omit<EventEnvelope, 'id'>;

export interface WatchOptions {
  /** How long the picture must be the same to be reported, ms of capture time. */
  frozenMs?: number;
  onEvent(event: NewEvent): void;
}

/** A measured frame: the people in view, and the hash of its luma fingerprint. */
export interface WatchedFrame extends FacesAt { print: number }

/**
 * What one connected camera is watched for: unhappy visitors in view, and a picture that stands still. Nothing is
 * kept from one connection to the next; the hub hears of a connection's end and lets go of a frozen picture itself.
 */
export class CameraWatch {
  readonly #camera: string;
  readonly #site: string;
  readonly #options: WatchOptions;
  #episodes: EpisodesState = NO_EPISODES;
  #frozen: FrozenState = MOVING;
  #closed = false;

  constructor(camera: string, site: string, options: WatchOptions) {
    this.#camera = camera;
    this.#site = site;
    this.#options = options;
  }

  /** Frames that were still being measured when the camera went say nothing any more. */
  observe(frame: WatchedFrame): void {
    if (this.#closed) return;
    const { state: episodes, events } = stepEpisodes(this.#episodes, frame, () => ulid().toLowerCase());
    this.#episodes = episodes;
    for (const step of events) this.#say(step);
    const { state, event } = stepFrozen(this.#frozen, frame.at, frame.print, this.#options.frozenMs ?? FROZEN_MS);
    this.#frozen = state;
    if (event) this.#options.onEvent({ type: 'camera.frozen', site: this.#site, at: event.at, body: { camera: this.#camera, frozen: event.frozen, since: event.since } });
  }

  /** The camera went, or is analysed no more: its episodes end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const step of endEpisodes(this.#episodes).events) this.#say(step);
  }

  #say(step: EpisodeStep): void {
    const body: EmotionEpisode = { ...step.body, camera: this.#camera };
    this.#options.onEvent({ type: 'emotion.episode', site: this.#site, at: step.at, body });
  }
}
