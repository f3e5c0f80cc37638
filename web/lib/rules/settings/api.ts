import type { Delivery, Webhook } from '../../../../contract/notify.ts';
import { get, post, put, remove } from '../../api.ts';

export const listWebhooks = async (site: string): Promise<Webhook[]> => (await get<{ webhooks: Webhook[] }>(`/sites/${site}/webhooks`)).webhooks;
/** The answer holds the secret, this once. */
export const createWebhook = (site: string, url: string): Promise<Webhook> => post(`/sites/${site}/webhooks`, { url, enabled: true });
export const changeWebhook = ({ site, id, url }: Webhook, enabled: boolean): Promise<Webhook> => put(`/sites/${site}/webhooks/${id}`, { url, enabled });
export const removeWebhook = ({ site, id }: Webhook): Promise<void> => remove(`/sites/${site}/webhooks/${id}`);
export const testWebhook = ({ id }: Webhook): Promise<Delivery> => post(`/webhooks/${id}/test`);
export const listDeliveries = async (site: string): Promise<Delivery[]> => (await get<{ deliveries: Delivery[] }>(`/sites/${site}/deliveries`)).deliveries;
