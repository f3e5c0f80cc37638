export { wallsRoutes } from './routes.ts';
export { createWalls, type Walls } from './walls.ts';
