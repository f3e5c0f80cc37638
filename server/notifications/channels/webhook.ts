import { post } from '../outbound.ts';
import { signature } from '../rules.ts';
import { outcomeOf, outcomeOfError, type Outcome } from './outcome.ts';

/** Tells a program, signed with the secret that it was given. `at` is the time of this attempt, epoch ms. */
export async function sendWebhook(input: { url: string; secret: string; body: string; delivery: string; at: number; anywhere: boolean; signal: AbortSignal }): Promise<Outcome> {
  const { url, secret, body, delivery, at, anywhere, signal } = input;
  try {
    const headers = { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'otklik', 'otklik-signature': signature(secret, body, at), 'otklik-delivery': delivery };
    return outcomeOf(await post({ url, headers, body, signal, anywhere }));
  } catch (error) {
    return outcomeOfError(error);
  }
}
