import { linkOf, plainText, type Message } from '../messages.ts';
import { outcomeOfError, later, refused, SENT, type Outcome } from './outcome.ts';

export interface TelegramOptions { token: string; url: string; publicUrl: string | null }

interface Answer { ok?: unknown; description?: unknown; result?: unknown; parameters?: { retry_after?: unknown } }

const NAME_MS = 3_000;
/** A name that could not be asked for is asked for again no sooner than this. */
const NAME_RETRY_MS = 60_000;

/** Telegram's Bot API. The token is part of the address, so addresses and errors of this channel are never logged. */
export function createTelegram({ token, url, publicUrl }: TelegramOptions) {
  let name: string | null = null;
  let askedAt = -Infinity;

  async function call(method: string, body: object, signal: AbortSignal): Promise<{ status: number; answer: Answer }> {
    const response = await fetch(`${url}/bot${token}/${method}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body), signal, redirect: 'manual' });
    const text = await response.text();
    try {
      return { status: response.status, answer: JSON.parse(text) as Answer };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { status: response.status, answer: {} };
    }
  }

  return {
    async send({ chat, message, signal }: { chat: string; message: Message; signal: AbortSignal }): Promise<Outcome> {
      try {
        // Without a parse mode nothing in the text is markup.
        const { status, answer } = await call('sendMessage', { chat_id: chat, text: plainText(message, linkOf(publicUrl, message)), link_preview_options: { is_disabled: true } }, signal);
        return telegramOutcome(status, answer);
      } catch (error) {
        return outcomeOfError(error);
      }
    },

    /** The bot's name to write to; null while it cannot be asked. `now` in epoch ms. */
    async botName(now: number): Promise<string | null> {
      if (name !== null || now - askedAt < NAME_RETRY_MS) return name;
      askedAt = now;
      try {
        const { answer } = await call('getMe', {}, AbortSignal.timeout(NAME_MS));
        const found = (answer.result as { username?: unknown } | undefined)?.username;
        name = typeof found === 'string' && /^\w{1,64}$/.test(found) ? found : null;
      } catch {
        // Whoever opens the settings needs an answer now; the name is only a help.
        name = null;
      }
      return name;
    },
  };
}
export type Telegram = ReturnType<typeof createTelegram>;

function telegramOutcome(status: number, { ok, description, parameters }: Answer): Outcome {
  if (status === 200 && ok === true) return SENT;
  const text = typeof description === 'string' ? description.toLowerCase() : '';
  if (status === 400 && text.includes('chat')) return refused('chat_not_found', status);
  if (status === 401 || status === 404) return refused('bad_login', status);
  if (status === 403) return refused('bot_blocked', status);
  if (status === 429) return later('busy', status, typeof parameters?.retry_after === 'number' ? Math.min(60_000, Math.max(0, parameters.retry_after * 1000)) : null);
  return status >= 400 && status < 500 ? refused('refused', status) : later('unreachable', status);
}
