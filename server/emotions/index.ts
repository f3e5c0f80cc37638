export { createEmotions, type EmotionsDeps } from './emotions.ts';
export { emotionsRoutes, type EmotionsRoutesDeps } from './routes.ts';
export { withheld } from './withheld.ts';
export { placedWindows, type AreaPlaces } from './placed.ts';
