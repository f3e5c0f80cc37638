/** Whether the hub serves another program than the one that runs, by its `/_app/version.json`. Pure. */
export function isOtherVersion(own: string, body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { version } = body as Record<string, unknown>;
  return typeof version === 'string' && version !== '' && version !== own;
}

/**
 * Asks the hub which program it serves. False when it does not answer: nothing is ever reloaded while the hub is
 * away, because the page that stands there is better than a browser's error page.
 */
export async function hubHasOtherVersion(own: string, fetcher: typeof fetch): Promise<boolean> {
  try {
    const response = await fetcher('/_app/version.json', { cache: 'no-store', signal: AbortSignal.timeout(5_000) });
    return response.ok && isOtherVersion(own, await response.json());
  } catch (error) {
    console.info('the version could not be asked for', error);
    return false;
  }
}
