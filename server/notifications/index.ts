export { createNotifications, type Notifications, type NotificationsConfig } from './notifications.ts';
export type { NoticePorts, Recipient } from './ports.ts';
export { notificationsRoutes } from './routes.ts';
export { webhookRoutes } from './webhook-routes.ts';
export { noticePorts } from './wire.ts';
