import type { Delivery, NotifyChannel } from '../../../contract/notify.ts';
import { ApiError } from '../api.ts';
import { m } from '../paraglide/messages.js';
import { problemText } from '../problem-text.ts';

export const CHANNEL_WORDS: Record<NotifyChannel, () => string> = { push: m.channel_push, email: m.channel_email, telegram: m.channel_telegram, webhook: m.channel_webhook };
export const DELIVERY_WORDS: Record<Delivery['state'], () => string> = {
  waiting: m.delivery_waiting, sent: m.delivery_sent, received: m.delivery_received, failed: m.delivery_failed, cancelled: m.delivery_cancelled,
};

/** How a test went, and whether well: "sent; it should appear within seconds". */
export function testResult({ state, error }: Pick<Delivery, 'state' | 'error'>): { text: string; ok: boolean } {
  if (state === 'received') return { text: m.test_received(), ok: true };
  if (state === 'sent') return { text: m.test_sent(), ok: true };
  if (state === 'waiting' && error === null) return { text: m.test_waiting(), ok: true };
  return { text: m.test_failed({ reason: error ?? m.test_unknown() }), ok: false };
}

/** What went wrong with notices, and what to do. */
export function noticeProblem(error: unknown): string {
  return error instanceof ApiError && error.code === 'channel_unavailable' ? m.test_unavailable() : problemText(error);
}
