export type NoticeKind = 'plain' | 'warn' | 'bad';
interface Notice {
  id: number;
  text: string;
  kind: NoticeKind;
}

/** Long enough to read two lines with one's eyes on something else. */
const SHOWN_MS = 7_000;
const MAX_SHOWN = 3;

class Notices {
  #shown = $state<Notice[]>([]);
  #next = 1;

  get shown(): readonly Notice[] {
    return this.#shown;
  }

  /** Says something short that passes by itself after `ms`; the newest three are kept. */
  say(text: string, kind: NoticeKind = 'plain', ms = SHOWN_MS): void {
    const id = this.#next++;
    this.#shown = [...this.#shown, { id, text, kind }].slice(-MAX_SHOWN);
    setTimeout(() => this.drop(id), ms);
  }

  drop(id: number): void {
    this.#shown = this.#shown.filter((notice) => notice.id !== id);
  }
}

export const notices = new Notices();
