import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vite';

const hub = process.env['OTKLIK_HUB'] ?? 'http://127.0.0.1:8400';

export default defineConfig({
  plugins: [
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
  },
});
