export type Theme = 'light' | 'dark';

const KEY = 'otklik-theme';

function shown(): Theme {
  return document.documentElement.dataset['theme'] === 'dark' ? 'dark' : 'light';
}

class ThemeChoice {
  #current = $state<Theme>(shown());

  /** What is on screen now; app.html set it before the first paint. */
  get current(): Theme {
    return this.#current;
  }

  /** Changes the look and remembers it on this device. */
  choose(theme: Theme): void {
    this.#current = theme;
    document.documentElement.dataset['theme'] = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch (error) {
      console.warn('the theme cannot be remembered', error);
    }
  }
}

export const theme = new ThemeChoice();
