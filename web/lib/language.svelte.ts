import { getLocale, setLocale, type Locale } from './paraglide/runtime.js';

class Language {
  #current = $state<Locale>(getLocale());

  /** The language on screen; reading it in a template or effect follows changes. */
  get current(): Locale {
    return this.#current;
  }

  /** Shows everything in another language at once and remembers it on this device. */
  choose(locale: Locale): void {
    if (locale === this.#current) return;
    void setLocale(locale, { reload: false });
    this.#current = locale;
  }
}

/** The interface language: the person's choice, else the browser's, else Russian. */
export const language = new Language();
