import type WebPush from 'web-push';
import type { Locale } from '../../../contract/index.ts';
import type { StoredSubscription } from '../contacts.ts';
import { pushPayload, type Message } from '../messages.ts';
import { post } from '../outbound.ts';
import type { VapidKeys } from '../vapid.ts';
import { outcomeOf, outcomeOfError, refused, type Outcome } from './outcome.ts';

export interface PushOptions { keys(): Promise<VapidKeys>; subject: string; anywhere: boolean }

/** A visitor is gone by then; what is about something else waits a little longer for a tablet that is switched on again. Seconds. */
const VISITOR_TTL_S = 60;
const OTHER_TTL_S = 300;

let library: Promise<typeof WebPush> | undefined;
/** Loaded with the first message: an idle hub has no use for it. */
const webPush = (): Promise<typeof WebPush> => (library ??= import('web-push').then((module) => module.default));

/** Web Push: encrypted for the browser (RFC 8291), signed for its push service (RFC 8292). */
export function createPush({ keys, subject, anywhere }: PushOptions) {
  return async (input: { subscription: StoredSubscription; message: Message; locale: Locale; receipt: string; visitor: boolean; signal: AbortSignal }): Promise<Outcome> => {
    const { subscription, message, locale, receipt, visitor, signal } = input;
    const { generateRequestDetails } = await webPush();
    const vapid = await keys();
    let request: ReturnType<typeof generateRequestDetails>;
    try {
      request = generateRequestDetails(
        { endpoint: subscription.endpoint, keys: { p256dh: subscription.p256dh, auth: subscription.auth } }, JSON.stringify(pushPayload(message, receipt, locale)),
        { vapidDetails: { subject, ...vapid }, TTL: visitor ? VISITOR_TTL_S : OTHER_TTL_S, urgency: message.severity === 'low' ? 'normal' : 'high', topic: topicOf(message.tag), contentEncoding: 'aes128gcm' },
      );
    } catch (error) {
      // The browser's keys are no point of the curve, or too short: it can never be told.
      if (error instanceof Error) return { ...refused('gone'), gone: true } as Outcome;
      throw error;
    }
    try {
      const { 'Content-Length': _length, ...headers } = request.headers as Record<string, string>;
      const reply = await post({ url: subscription.endpoint, headers, body: request.body!, signal, anywhere });
      if (reply.status === 404 || reply.status === 410) return { sent: false, error: `gone ${reply.status}`, again: false, onward: true, gone: true };
      return outcomeOf(reply);
    } catch (error) {
      return outcomeOfError(error);
    }
  };
}
export type SendPush = ReturnType<typeof createPush>;

/** What has not been delivered yet is replaced by what comes under the same topic: at most 32 characters of base64url. */
const topicOf = (tag: string): string => tag.replaceAll(/[^A-Za-z0-9_-]/g, '').slice(0, 32);
