import { describe, expect, it } from 'vitest';
import { isAllowedOrigin } from './origin.ts';

const config = { origins: ['https://shop.example'], trustProxy: false };
const behindProxy = { ...config, trustProxy: true };
const allowed = (headers: Record<string, string>, settings = config): boolean => isAllowedOrigin({ headers: { host: 'hub.local:8400', ...headers } }, settings);

describe('isAllowedOrigin', () => {
  it('lets pages of this hub in, whatever case or default port their address has', () => {
    expect(allowed({ origin: 'http://hub.local:8400' })).toBe(true);
    expect(allowed({ origin: 'https://HUB.local:8400' })).toBe(true);
    expect(isAllowedOrigin({ headers: { host: 'hub.local:80', origin: 'http://hub.local' } }, config)).toBe(true);
    expect(isAllowedOrigin({ headers: { host: '[::1]:8400', origin: 'http://[::1]:8400' } }, config)).toBe(true);
    expect(allowed({ origin: 'https://shop.example' })).toBe(true);
  });

  it('keeps other pages out', () => {
    for (const origin of ['http://evil.example', 'http://hub.local', 'http://hub.local:8401', 'http://hub.local:8400.evil.example', 'null', '', 'hub.local:8400', 'file://hub.local:8400', 'https://shop.example.evil', 'http://shop.example']) {
      expect([origin, allowed({ origin })]).toEqual([origin, false]);
    }
    expect(allowed({ 'sec-fetch-site': 'cross-site' })).toBe(false);
    expect(allowed({ 'sec-fetch-site': 'same-site', cookie: 'a=b' })).toBe(false);
    expect(allowed({ 'sec-fetch-site': 'cross-site', origin: 'http://hub.local:8400' })).toBe(false);
  });

  it('lets programs without a cookie in, and asks those with one where they come from', () => {
    expect(allowed({})).toBe(true);
    expect(allowed({ cookie: 'a=b' })).toBe(false);
    expect(allowed({ cookie: 'a=b', 'sec-fetch-site': 'same-origin' })).toBe(true);
    expect(allowed({ cookie: 'a=b', referer: 'http://hub.local:8400/console' })).toBe(true);
    expect(allowed({ cookie: 'a=b', referer: 'http://evil.example/http://hub.local:8400' })).toBe(false);
  });

  it('believes forwarded addresses only from a trusted proxy', () => {
    const headers = { origin: 'https://public.example', 'x-forwarded-host': 'written-by-client.example, public.example', 'x-forwarded-proto': 'https' };
    expect(allowed(headers)).toBe(false);
    expect(allowed(headers, behindProxy)).toBe(true);
    expect(allowed({ ...headers, origin: 'http://public.example' }, behindProxy)).toBe(false);
    expect(allowed({ origin: 'http://hub.local:8400', 'x-forwarded-host': 'public.example' }, behindProxy)).toBe(false);
  });
});
