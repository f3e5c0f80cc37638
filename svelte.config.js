import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** The web is a static app that the hub serves; every page is the fallback page, so no page is rendered here. */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: ({ filename }) => (filename.includes('node_modules') ? undefined : true) },
  kit: {
    adapter: adapter({ pages: 'build/web', assets: 'build/web', fallback: 'index.html', precompress: true }),
    files: {
      routes: 'web/routes',
      lib: 'web/lib',
      assets: 'web/static',
      appTemplate: 'web/app.html',
      serviceWorker: 'web/service-worker.ts',
      params: 'web/params',
      hooks: { client: 'web/hooks.client', server: 'web/hooks.server', universal: 'web/hooks' },
    },
    // Pages register the worker themselves, after what they are for. A console that had to start from what the worker
    // kept renews itself once the hub is back (web/lib/floor/freshness.svelte.ts).
    serviceWorker: { register: false },
    version: { pollInterval: 0 },
    typescript: {
      config: (config) => ({
        ...config,
        compilerOptions: { ...config.compilerOptions, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
      }),
    },
  },
};
