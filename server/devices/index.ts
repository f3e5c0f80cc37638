export { createDevices, type Devices, type NamedDevice } from './devices.ts';
export { devicesRoutes } from './routes.ts';
