export { createCameras, type Cameras, type CamerasDeps } from './cameras.ts';
export { camerasRoutes, type CamerasRoutesDeps } from './routes.ts';
export { visionRoutes } from './vision-routes.ts';
