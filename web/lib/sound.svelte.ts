const VOLUME_KEY = 'otklik-volume';
/** Two falling notes: told from a till's beep and from a phone. Hz and seconds. */
const NOTES = [{ hz: 880, at: 0 }, { hz: 660, at: 0.18 }, { hz: 880, at: 0.5 }, { hz: 660, at: 0.68 }] as const;
const NOTE_SECONDS = 0.16;

function rememberedVolume(): number {
  const stored = localStorage.getItem(VOLUME_KEY);
  const volume = stored === null ? Number.NaN : Number(stored);
  return volume >= 0 && volume <= 1 ? volume : 0.7;
}

/** The alert tone. Browsers let a page sound only after a touch, so it is off until someone switches it on. */
class Sound {
  #on = $state(false);
  #volume = $state(rememberedVolume());
  #context: AudioContext | null = null;

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

  /** Call from a click or touch. Plays the tone so that the person hears how loud it is. */
  async switchOn(): Promise<void> {
    this.#context ??= new AudioContext();
    await this.#context.resume();
    this.#on = true;
    this.play();
  }

  switchOff(): void {
    this.#on = false;
  }

  /** Plays the tone once; does nothing while the sound is off. */
  play(): void {
    const context = this.#context;
    if (!this.#on || !context) return;
    if (context.state === 'suspended') void context.resume();
    for (const { hz, at } of NOTES) this.#note(context, hz, context.currentTime + at);
  }

  #note(context: AudioContext, hz: number, start: number): void {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = 'triangle';
    oscillator.frequency.value = hz;
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(this.#volume, start + 0.015);
    gain.gain.exponentialRampToValueAtTime(0.0001, start + NOTE_SECONDS);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + NOTE_SECONDS);
  }
}

export const sound = new Sound();
