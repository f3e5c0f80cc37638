import type Nodemailer from 'nodemailer';
import type { Locale } from '../../../contract/index.ts';
import { linkOf, mailOf, type Message } from '../messages.ts';
import { isTimeout, later, refused, SENT, TIMED_OUT, type Outcome } from './outcome.ts';

export interface EmailOptions { smtpUrl: string; from: string; publicUrl: string | null }

let library: Promise<typeof Nodemailer> | undefined;
/** Loaded with the first mail: an idle hub has no use for it. */
const nodemailer = (): Promise<typeof Nodemailer> => (library ??= import('nodemailer').then((module) => module.default));

/** Mail through the operator's server, one connection each. */
export function createEmail({ smtpUrl, from, publicUrl }: EmailOptions) {
  return async (input: { to: string; message: Message; locale: Locale; id: string; timeoutMs: number; signal: AbortSignal }): Promise<Outcome> => {
    const { to, message, locale, id, timeoutMs, signal } = input;
    const { createTransport } = await nodemailer();
    const transport = createTransport({
      url: smtpUrl, connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs, dnsTimeout: timeoutMs, socketCloseTimeout: 0,
      disableFileAccess: true, disableUrlAccess: true,
    });
    const domain = /@([^\s<>]+)>?\s*$/.exec(from)?.[1] ?? 'otklik';
    try {
      await transport.sendMail({
        from, to, ...mailOf(message, linkOf(publicUrl, message), locale), signal,
        // The same for every attempt, so that mailboxes show one mail when an answer was lost.
        messageId: `<${id}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      });
      return SENT;
    } catch (error) {
      return mailOutcome(error, signal);
    } finally {
      transport.close();
    }
  };
}
export type SendEmail = ReturnType<typeof createEmail>;

interface MailError { code?: unknown; responseCode?: unknown }

/** What a mail server's refusal means: 4yz may work later, 5yz never (RFC 5321 §4.2.1). */
function mailOutcome(error: unknown, signal: AbortSignal): Outcome {
  const { code, responseCode } = (typeof error === 'object' && error !== null ? error : {}) as MailError;
  if (isTimeout(error) || (signal.aborted && isTimeout(signal.reason))) return TIMED_OUT;
  const status = typeof responseCode === 'number' && responseCode >= 400 ? responseCode : undefined;
  if (status !== undefined && status < 500) return later('busy', status);
  if (code === 'EAUTH' || code === 'ENOAUTH') return refused('bad_login', status);
  if (code === 'EENVELOPE') return refused('bad_address', status);
  return status === undefined ? later('unreachable') : refused('refused', status);
}
