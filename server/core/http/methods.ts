import type { HttpApp } from './app-type.ts';
import { ApiError } from './problem.ts';

declare module 'fastify' {
  interface FastifyInstance { unknownRoute(method: string, url: string): ApiError }
}

const escape = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Lets the application tell an unknown address from a known one that was asked with a method it does not have. */
export function rememberMethods(app: HttpApp): void {
  const routes = new Map<string, { pattern: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    if (!url.startsWith('/api/') || url.includes('*')) return;
    const known = routes.get(url) ?? { pattern: new RegExp(`^${url.split(/:\w+/).map(escape).join('[^/]+')}$`), methods: new Set() };
    for (const one of [method].flat()) known.methods.add(one);
    routes.set(url, known);
  });
  app.decorate('unknownRoute', (method: string, url: string): ApiError => {
    const address = url.split('?')[0]!;
    const methods = new Set([...routes.values()].filter(({ pattern }) => pattern.test(address)).flatMap((route) => [...route.methods]));
    if (methods.size === 0 || methods.has(method)) return new ApiError('not_found', 404, 'There is nothing at this address.');
    return new ApiError('method_not_allowed', 405, `This address takes ${[...methods].sort().join(', ')}.`, { allow: [...methods].sort() });
  });
}
