import fs from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { HubConfig } from '../../config.ts';
import type { HttpApp } from './app-type.ts';
import { sendProblem } from './http.ts';

/** Addresses that belong to programs: what is unknown there gets JSON, never the web's page. */
const PROGRAM_PATHS = /^\/(api|ws|socket\.io|_app|metrics|healthz|readyz)(\/|\?|$)/;

const NOT_BUILT = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Otklik</title><h1>The hub runs; its pages are not built yet</h1><p>Run <code>npm run demo</code>, or <code>npm run build:web</code>, then reload this page.</p></html>';

/** How long a browser may keep a file: only names that carry their content's hash are kept for good. */
export function cacheControl(file: string): string {
  const name = file.replaceAll('\\', '/');
  if (name.includes('/_app/immutable/')) return 'public, max-age=31536000, immutable';
  if (/\.html(\.br|\.gz)?$/.test(name)) return 'no-store';
  return 'no-cache';
}

/** Serves the built web: files as they are, any other address of a page by index.html. Register it last. */
export async function serveWeb(app: HttpApp, config: Pick<HubConfig, 'webDir'>): Promise<void> {
  const root = path.resolve(config.webDir);
  const built = fs.existsSync(path.join(root, 'index.html'));
  await app.register(fastifyStatic, {
    root: built ? root : import.meta.dirname,
    serve: built,
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, file) => { reply.header('cache-control', cacheControl(file)); },
  });
  app.setNotFoundHandler((request, reply) => {
    const isPage = (request.method === 'GET' || request.method === 'HEAD') && !PROGRAM_PATHS.test(request.url);
    if (!isPage) return sendProblem(reply, app.unknownRoute(request.method, request.url));
    if (!built) return reply.code(200).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(NOT_BUILT);
    return reply.sendFile('index.html');
  });
}
