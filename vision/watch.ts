import { ulid } from 'ulid';
import type { EmotionEpisode, EventEnvelope } from '../contract/index.ts';
import { endEpisode, NO_EPISODE, stepEpisode, type EpisodeState, type EpisodeStep, type MoodSample } from './episodes.ts';
import { FROZEN_MS, MOVING, stepFrozen, type FrozenState } from './frozen.ts';

/** An event without the id that the outbox gives it. */
export type NewEvent = Omit<EventEnvelope, 'id'>;

export interface WatchOptions {
  /** How long the picture must be the same to be reported, ms of capture time. */
  frozenMs?: number;
  onEvent(event: NewEvent): void;
}

/** A measured frame: what it says of the people in view, and the hash of its luma fingerprint. */
export interface WatchedFrame extends MoodSample { print: number }

/**
 * What one connected camera is watched for: an unhappy visitor in view, and a picture that stands still. Nothing is
 * kept from one connection to the next; the hub hears of a connection's end and lets go of a frozen picture itself.
 */
export class CameraWatch {
  readonly #camera: string;
  readonly #site: string;
  readonly #options: WatchOptions;
  #episode: EpisodeState = NO_EPISODE;
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
    const episode = stepEpisode(this.#episode, frame, () => ulid().toLowerCase());
    this.#episode = episode.state;
    this.#say(episode.event);
    const { state, event } = stepFrozen(this.#frozen, frame.at, frame.print, this.#options.frozenMs ?? FROZEN_MS);
    this.#frozen = state;
    if (event) this.#options.onEvent({ type: 'camera.frozen', site: this.#site, at: event.at, body: { camera: this.#camera, frozen: event.frozen, since: event.since } });
  }

  /** The camera went: its episode ends. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#say(endEpisode(this.#episode).event);
  }

  #say(step: EpisodeStep | undefined): void {
    if (!step) return;
    const body: EmotionEpisode = { ...step.body, camera: this.#camera };
    this.#options.onEvent({ type: 'emotion.episode', site: this.#site, at: step.at, body });
  }
}
