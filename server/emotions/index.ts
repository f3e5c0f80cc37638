export { emotionsReactor, type EmotionsReactorDeps } from './reactor.ts';
export { createEmotionsRepository, type EmotionsRepository } from './repository.ts';
export { emotionsRoutes, type EmotionsRoutesDeps } from './routes.ts';
export type { CameraPlace, PlaceNames } from './streams.ts';
