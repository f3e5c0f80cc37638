import type { IncomingHttpHeaders } from 'node:http';

interface OriginConfig { origins: readonly string[]; trustProxy: boolean }

/** The last entry of a header that several hops may have added to: the one by the proxy right in front. */
const last = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.at(-1) : value)?.split(',').at(-1)?.trim() || undefined;

function parse(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}

/** Whether `origin` is where this hub itself is seen under, or one that the configuration names. */
function isOwn(origin: string, headers: IncomingHttpHeaders, config: OriginConfig): boolean {
  const url = parse(origin);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  if (config.origins.some((allowed) => parse(allowed)?.origin === url.origin)) return true;
  const forwardedHost = config.trustProxy ? last(headers['x-forwarded-host']) : undefined;
  const forwardedProto = config.trustProxy ? last(headers['x-forwarded-proto']) : undefined;
  const host = forwardedHost ?? headers.host;
  if (host === undefined || (forwardedProto !== undefined && url.protocol !== `${forwardedProto}:`)) return false;
  return parse(`${url.protocol}//${host}`)?.host === url.host;
}

/**
 * Whether a browser's request may change something or open a socket here: it comes from a page of this hub (or of a
 * configured origin), or from no browser at all. A request with a cookie must show where it comes from, by `Origin`,
 * `Sec-Fetch-Site` or `Referer`: the cookie alone is what a foreign page could make a browser send.
 */
export function isAllowedOrigin(request: { headers: IncomingHttpHeaders }, config: OriginConfig): boolean {
  const { headers } = request;
  const fetchSite = last(headers['sec-fetch-site']);
  if (fetchSite === 'cross-site') return false;
  if (headers.origin !== undefined) return isOwn(headers.origin, headers, config);
  if (fetchSite === 'same-origin' || fetchSite === 'none') return true;
  if (fetchSite === 'same-site') return false;
  if (headers.cookie === undefined) return true;
  return headers.referer !== undefined && isOwn(headers.referer, headers, config);
}
