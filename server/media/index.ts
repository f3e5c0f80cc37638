export { createMediaAdapter, type MediaAdapter } from './adapter.ts';
export { createMedia, type Media } from './media.ts';
export type { MediaCamera, MediaDeps, MediaDevice, MediaLog, MediaTimings } from './ports.ts';
export type { CameraRow } from './repository.ts';
export { mediaRoutes, type MediaRoutesDeps } from './routes.ts';
