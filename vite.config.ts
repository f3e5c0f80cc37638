import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

const hub = process.env['OTKLIK_HUB'] ?? 'http://127.0.0.1:8400';

/**
 * SvelteKit's generated root hides its route announcer with a style attribute, which the hub's content security policy
 * forbids (`style-src 'self'`); a class of ours does the same.
 */
const announcerByClass: Plugin = {
  name: 'otklik-announcer-by-class',
  enforce: 'pre',
  transform: {
    filter: { id: /generated\/root\.svelte$/ },
    handler(code) {
      const changed = code.replace(/(id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1 class="visually-hidden"');
      if (changed === code) this.error('the announcer of SvelteKit looks different now: its style attribute was not found');
      return { code: changed, map: null };
    },
  },
};

export default defineConfig({
  plugins: [
    announcerByClass,
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './web/lib/paraglide',
      strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
      localStorageKey: 'otklik-language',
      isServer: 'import.meta.env.SSR',
    }),
    sveltekit(),
  ],
  // SvelteKit and @fastify/cookie need different majors of `cookie`; npm may hoist the hub's, whose exports differ.
  // Bundled into SvelteKit's own server output, the right one is found from where it is imported.
  ssr: { noExternal: ['cookie', 'set-cookie-parser'] },
  server: {
    proxy: {
      '/api': hub,
      '/ws': { target: hub, ws: true },
      '/socket.io': { target: hub, ws: true },
    },
  },
  build: {
    target: 'es2022',
    rolldownOptions: {
      output: {
        // Each message is a module of its own; without this every set of pages that shares a few gets a file for them.
        codeSplitting: { groups: [{ name: 'words', test: /paraglide[\\/]messages[\\/]/, entriesAware: true, entriesAwareMergeThreshold: 4_000 }] },
      },
    },
  },
});
