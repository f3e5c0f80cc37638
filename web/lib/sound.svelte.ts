import type { Score } from './floor/tones.ts';
import { scoreOf } from './floor/tones.ts';
import type { Signal } from './floor/signals.ts';

const VOLUME_KEY = 'otklik-volume';
const MUTED_KEY = 'otklik-muted';
/** What the volume is tried with: the signal that everybody must know. */
const SAMPLE: Signal = { tone: 'visitor', severity: 'high' };
/** Notes begin and end in this time, so that they do not click. Seconds. */
const EDGE_S = 0.015;

function rememberedVolume(): number {
  const stored = localStorage.getItem(VOLUME_KEY);
  const volume = stored === null ? Number.NaN : Number(stored);
  return volume >= 0 && volume <= 1 ? volume : 0.7;
}

/** The signals' loudspeaker. Browsers let a page sound only after a touch, so it is off until there was one. */
class Sound {
  #on = $state(false);
  #volume = $state(rememberedVolume());
  #context: AudioContext | null = null;
  #out: AudioNode | null = null;

  get on(): boolean {
    return this.#on;
  }

  /** 0..1 */
  get volume(): number {
    return this.#volume;
  }

  set volume(value: number) {
    this.#volume = Math.min(1, Math.max(0, value));
    localStorage.setItem(VOLUME_KEY, String(this.#volume));
  }

  /** Call from a click or touch. Plays a signal so that the person hears how loud it is. */
  async switchOn(): Promise<void> {
    localStorage.removeItem(MUTED_KEY);
    await this.#open();
    this.play(SAMPLE);
  }

  switchOff(): void {
    localStorage.setItem(MUTED_KEY, '1');
    this.#on = false;
  }

  /** Takes the first touch of the page as leave to sound, unless the person has switched the sound off on this device. */
  onFirstTouch(): () => void {
    const touched = () => {
      if (!this.#on && localStorage.getItem(MUTED_KEY) === null) void this.#open();
      stop();
    };
    const stop = () => {
      removeEventListener('click', touched);
      removeEventListener('keydown', touched);
    };
    addEventListener('click', touched);
    addEventListener('keydown', touched);
    return stop;
  }

  /** Plays a signal once and shakes the device where it can; silent while the sound is off. */
  play(signal: Signal = SAMPLE): void {
    const score = scoreOf(signal);
    this.#vibrate(score);
    const context = this.#context;
    if (!this.#on || !context || !this.#out) return;
    if (context.state === 'suspended') void context.resume();
    for (const note of score.notes) this.#note(context, this.#out, score, note);
  }

  async #open(): Promise<void> {
    this.#context ??= new AudioContext();
    this.#out ??= limiter(this.#context);
    await this.#context.resume();
    this.#on = true;
  }

  #vibrate({ vibration }: Score): void {
    // Browsers refuse (and complain) before the first touch.
    if (vibration.length > 0 && 'vibrate' in navigator && navigator.userActivation?.hasBeenActive) navigator.vibrate([...vibration]);
  }

  #note(context: AudioContext, out: AudioNode, { wave, gain }: Score, { hz, at, s }: Score['notes'][number]): void {
    const start = context.currentTime + at;
    const oscillator = context.createOscillator();
    const envelope = context.createGain();
    oscillator.type = wave;
    oscillator.frequency.value = hz;
    envelope.gain.setValueAtTime(0, start);
    envelope.gain.linearRampToValueAtTime(this.#volume * gain, start + EDGE_S);
    envelope.gain.setValueAtTime(this.#volume * gain, start + Math.max(EDGE_S, s * 0.6));
    envelope.gain.exponentialRampToValueAtTime(0.0001, start + s);
    oscillator.connect(envelope).connect(out);
    oscillator.start(start);
    oscillator.stop(start + s);
  }
}

/** Keeps what sounds together from distorting on small loudspeakers. */
function limiter(context: AudioContext): AudioNode {
  const compressor = context.createDynamicsCompressor();
  compressor.connect(context.destination);
  return compressor;
}

export const sound = new Sound();
