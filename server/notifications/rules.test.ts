import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressProblem, isPublicAddress } from './addresses.ts';
import { retryAfterMs } from './outbound.ts';
import { backoffMs, BURST_MOST, BURST_MS, channelsFor, COLLECT_MS, deviceLabel, MOST_ATTEMPTS, nextSlot, quoteOf, signature, signatureHolds, withinWeek } from './rules.ts';

const NOW = 1_790_000_000_000;

describe('waiting between attempts', () => {
  it('grows from 5 s to 2 min, is spread by a fifth, obeys who asks for more, and ends', () => {
    expect([1, 2, 3, 4].map((attempts) => backoffMs(attempts, 0.5))).toEqual([5_000, 15_000, 45_000, 120_000]);
    expect([backoffMs(1, 0), backoffMs(1, 1)]).toEqual([4_000, 6_000]);
    expect(backoffMs(1, 0.5, 30_000)).toBe(30_000);
    expect(backoffMs(MOST_ATTEMPTS, 0.5)).toBeNull();
  });
  it.each([['9', 9_000], [' 3 ', 3_000], ['999999', 60_000], ['Wed, 21 Oct 2026 07:28:00 GMT', null], ['-1', null], [undefined, null]])('reads Retry-After %j', (header, ms) => expect(retryAfterMs(header)).toBe(ms));
});

describe('the next free slot of a person', () => {
  it('is now for the first two, soon for the third, and when there is room for the others', () => {
    expect(nextSlot([], 20, NOW)).toEqual({ at: NOW, collects: false });
    expect(nextSlot([NOW - 1], 20, NOW)).toEqual({ at: NOW, collects: false });
    expect(nextSlot([NOW - 1, NOW - 2], 20, NOW)).toEqual({ at: NOW + COLLECT_MS, collects: true });
    expect(nextSlot([NOW - 60_000, NOW - 40_000, NOW], 20, NOW)).toEqual({ at: NOW - 60_000 + BURST_MS, collects: true });
    expect(nextSlot([NOW - 3_000_000], 1, NOW)).toEqual({ at: NOW + 600_000, collects: true });
  });

  it('never lets more than three within five minutes, nor more than the cap within an hour, whatever comes when', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (gaps, cap) => {
      const planned: number[] = [];
      let now = NOW;
      for (const gap of gaps) {
        now += gap;
        // While one is planned, what comes is added to it.
        if (planned.some((at) => at > now)) continue;
        planned.push(nextSlot(planned.filter((at) => at > now - 3_600_000), cap, now).at);
      }
      for (const at of planned) {
        expect(planned.filter((other) => other > at - BURST_MS && other <= at).length).toBeLessThanOrEqual(BURST_MOST);
        expect(planned.filter((other) => other > at - 3_600_000 && other <= at).length).toBeLessThanOrEqual(cap);
      }
    }), { seed: 20264, numRuns: 300 });
  });
});

describe('a quote', () => {
  it.each([
    ['Nobody came', 'Nobody came'], ['  two\n\tlines\u202e ', 'two lines'], ['', null], ['   ', null], [null, null],
    ['call me +7 (921) 123-45-67 please', 'call me … please'], ['anna.b@example.org is me', '… is me'], ['write @anna_k or t.me/anna', 'write … or …'], ['https://evil.example/x look', '… look'],
    ['waited 25 minutes, paid 1990', 'waited 25 minutes, paid 1990'],
  ])('of %j is %j', (text, quote) => expect(quoteOf(text)).toBe(quote));
  it('is at most 140 characters and never half of one', () => {
    const quote = quoteOf('😀'.repeat(500))!;
    expect([...quote]).toHaveLength(140);
    expect(quote.endsWith('😀…')).toBe(true);
  });
  it('holds no digits of a contact, however it is written', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('8', '921', '555', '44', '33', '-', ' ', '(', ')', '+', '.'), { minLength: 8, maxLength: 24 }), (parts) => {
      const text = parts.join('');
      if (text.replaceAll(/\D/g, '').length < 11 || /[^\d\s]{2,}|[+]/.test(text.slice(1))) return;
      expect(quoteOf(`call ${text} now`)!.replaceAll(/\D/g, '').length).toBeLessThan(7);
    }), { seed: 20265, numRuns: 300 });
  });
});

describe('a webhook\'s signature', () => {
  const header = signature('secret', '{"a":1}', NOW);
  it('holds for this body, secret and time only', () => {
    expect(header).toMatch(/^t=1790000000000,v1=[0-9a-f]{64}$/);
    expect(signatureHolds('secret', '{"a":1}', header, NOW + 299_000)).toBe(true);
    for (const [secret, body, given, now] of [['other', '{"a":1}', header, NOW], ['secret', '{"a":2}', header, NOW], ['secret', '{"a":1}', header, NOW + 301_000], ['secret', '{"a":1}', header.replace('t=1790', 't=1791'), NOW + 1e9], ['secret', '{"a":1}', 'v1=00', NOW]] as const) {
      expect(signatureHolds(secret, body, given, now)).toBe(false);
    }
  });
  it('is the one that the standard tool computes', () => {
    // printf '1700000000000.{}' | openssl dgst -sha256 -hmac key
    expect(signature('key', '{}', 1_700_000_000_000)).toBe('t=1700000000000,v1=36a72f4525d3323bd0f238fe82098164fb77b1e42288ff8e07b074c686178ad3');
  });
});

describe('addresses', () => {
  it.each([
    '127.0.0.1', '127.1.2.3', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1', '224.0.0.1', '255.255.255.255', '198.18.0.1',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1', '64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:1::', '2001:db8::1', 'nonsense', '',
  ])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false));
  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::200e'])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

  it.each([
    ['ftp://example.org/', 'not_http'], ['file:///etc/passwd', 'not_http'], ['javascript:alert(1)', 'not_http'], ['nonsense', 'not_an_address'], ['https://user:pass@example.org/', 'credentials'], ['https://user@example.org/', 'credentials'],
    ['http://127.0.0.1/', 'private_address'], ['http://2130706433/', 'private_address'], ['http://0x7f.1/', 'private_address'], ['http://0177.0.0.1/', 'private_address'], ['http://127.1/', 'private_address'], ['https://[::1]/', 'private_address'],
    ['https://[::ffff:10.0.0.1]/', 'private_address'], ['https://localhost/', 'private_address'], ['https://LOCALHOST./', 'private_address'], ['https://a.localhost/', 'private_address'], ['http://169.254.169.254/latest', 'private_address'],
    ['https://example.org/hook?key=1', null], ['http://example.org:8080/', null],
  ])('%s is refused as %s', (url, problem) => expect(addressProblem(url, { anywhere: false })).toBe(problem));
  it('of push services are https', () => {
    expect(addressProblem('http://push.example/1', { anywhere: false, httpsOnly: true })).toBe('not_https');
    expect(addressProblem('http://127.0.0.1:1/1', { anywhere: true, httpsOnly: true })).toBeNull();
  });
});

describe('times of the week', () => {
  // 2026-09-21 is a Monday.
  const at = (text: string): number => Date.parse(text);
  const nights = [{ days: [1, 2, 3, 4, 5], from: 22 * 60, to: 7 * 60 }];
  it.each([
    ['2026-09-21T18:59:00Z', false], ['2026-09-21T19:00:00Z', true], ['2026-09-22T03:59:00Z', true], ['2026-09-22T04:00:00Z', false],
    ['2026-09-26T03:00:00Z', true], ['2026-09-26T20:00:00Z', false], ['2026-09-21T03:00:00Z', false],
  ])('past midnight by the site\'s clock: %s is %s', (moment, within) => expect(withinWeek(nights, 'Europe/Moscow', at(moment))).toBe(within));
  it('without times are never', () => expect(withinWeek(null, 'UTC', NOW)).toBe(false));
});

it('channels are those that are there, in the person\'s order', () => {
  expect(channelsFor(null, new Set(['telegram', 'push']))).toEqual(['push', 'telegram']);
  expect(channelsFor(['email', 'push'], new Set(['push', 'email', 'telegram']))).toEqual(['email', 'push']);
  expect(channelsFor([], new Set(['push']))).toEqual([]);
});

it.each([
  ['Mozilla/5.0 (Linux; Android 14; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36', 'Chrome, Android'],
  ['Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1', 'Safari, iPad'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox, Windows'], [undefined, 'Browser'], ['<script>', 'Browser'],
])('a browser is called by its name and system: %s', (agent, label) => expect(deviceLabel(agent)).toBe(label));
