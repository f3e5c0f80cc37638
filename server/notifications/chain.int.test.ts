import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RECEIPT_MS, type Delivery } from '../../contract/index.ts';
import { readMail } from './testing/fake-smtp.ts';
import { SITE, startRig, type Rig } from './testing/rig.ts';

let rig: Rig;
beforeEach(async () => { rig = await startRig(); });
afterEach(async () => {
  const errors = [rig.main.errors, rig.push.wrong].flat();
  await rig.close();
  expect(errors).toEqual([]);
});

const told = (deliveries: readonly Delivery[]): string[] => deliveries.map(({ channel, state }) => `${channel} ${state}`).sort();
const committed = (type: string) => rig.hub.committed.filter((event) => event.type === type);

describe('a person who is on duty', () => {
  it('is told by push at once, in a message that only their browser can read', async () => {
    const { user } = await rig.onDuty(['tablet']);
    const alert = await rig.open({ rating: { value: 1, scale: 4, factor: 'Queue' }, message: { text: 'Nobody comes, call +7 921 123-45-67', contact: 'anna@example.org', voice: null, photo: null } });
    await rig.settle();
    const [message] = rig.push.of('tablet');
    expect(message).toMatchObject({ ttl: 60, urgency: 'high', topic: alert, subject: 'mailto:owner@shop.example' });
    expect(message!.payload).toMatchObject({ title: 'Unhappy visitor: Till 3', tag: alert, alert, severity: 'high', url: `/floor?site=${SITE}&alert=${alert}`, actions: [{ action: 'claim', title: 'I’ll take it' }, { action: 'open', title: 'Open' }] });
    expect(message!.payload.body).toBe('Rated 1 of 4 · Queue · “Nobody comes, call …” · just now · Shop on Main');
    const state = (await rig.hub.call('GET', '/api/v1/notifications', { cookie: rig.admin })).body as unknown as { pushKey: string };
    expect(message!.publicKey).toBe(state.pushKey);
    expect(await rig.deliveries()).toEqual([
      expect.objectContaining({ channel: 'email', state: 'waiting', user: user.id, name: user.name, attempts: 0, sentAt: null }),
      expect.objectContaining({ channel: 'push', state: 'sent', alert, attempts: 1, sentAt: rig.hub.clock(), receivedAt: null, error: null }),
    ]);
  });

  it('is told by mail when no receipt came within 30 s, and by nothing further', async () => {
    const { user } = await rig.onDuty(['tablet'], { telegramChat: '77' });
    await rig.open();
    await rig.settle();
    rig.hub.advance(RECEIPT_MS - 1);
    await rig.settle();
    expect(rig.smtp.mails).toEqual([]);
    rig.hub.advance(1);
    await rig.settle();
    expect(rig.smtp.to(user.email)).toHaveLength(1);
    rig.hub.advance(10 * RECEIPT_MS);
    await rig.settle();
    expect(rig.said()).toEqual([]);
    expect(told(await rig.deliveries())).toEqual(['email sent', 'push sent', 'telegram cancelled']);
  });

  it('is told no more when the device has shown the notice; the receipt needs no session and may come again', async () => {
    await rig.onDuty(['tablet']);
    await rig.open();
    await rig.settle();
    const { receipt } = rig.push.of('tablet')[0]!.payload;
    rig.hub.advance(2_000);
    for (const time of [1, 2]) expect((await rig.hub.call('POST', `/api/v1/notifications/receipts/${receipt}`, { headers: { origin: 'http://hub.test' } })).status, `time ${time}`).toBe(204);
    const receivedAt = rig.hub.clock();
    rig.hub.advance(RECEIPT_MS);
    await rig.settle();
    expect(rig.smtp.mails).toEqual([]);
    expect(told(await rig.deliveries())).toEqual(['email cancelled', 'push received']);
    expect((await rig.deliveries()).find(({ channel }) => channel === 'push')).toMatchObject({ receivedAt });
    expect((await rig.hub.call('POST', `/api/v1/notifications/receipts/${'A'.repeat(43)}`)).status).toBe(404);
  });

  it.each([
    ['taken', 'alert.claimed'], ['snoozed', 'alert.snoozed'], ['resolved', 'alert.resolved'],
  ] as const)('is told no more of an alert that is %s', async (_word, type) => {
    const { user } = await rig.onDuty(['tablet']);
    const alert = await rig.open();
    await rig.settle();
    const by = { id: user.id, name: user.name };
    if (type === 'alert.snoozed') await rig.state(type, { alert, by, until: rig.hub.clock() + 300_000, reason: 'later' });
    else if (type === 'alert.resolved') await rig.state(type, { alert, by, cause: 'queue' });
    else await rig.state(type, { alert, by });
    rig.hub.advance(RECEIPT_MS);
    await rig.settle();
    expect(rig.smtp.mails).toEqual([]);
    expect(told(await rig.deliveries())).toEqual(['email cancelled', 'push sent']);
  });

  it('is not told of what somebody took before this hub came to it', async () => {
    const { user } = await rig.onDuty(['tablet']);
    await rig.main.runner.stop();
    const alert = await rig.open();
    await rig.state('alert.claimed', { alert, by: { id: user.id, name: user.name } });
    await rig.post();
    await rig.settle();
    expect(rig.push.messages).toEqual([]);
    expect(await rig.deliveries()).toEqual([]);
  });

  it('gets a mail in their language with what people wrote as text', async () => {
    const { user } = await rig.onDuty([], { order: ['email'] });
    expect((await rig.hub.call('PATCH', `/api/v1/users/${user.id}`, { cookie: rig.admin, body: { locale: 'ru' } })).status).toBe(200);
    const alert = await rig.open({ rating: { value: 1, scale: 4 }, message: { text: '<img src=x onerror=alert(1)> & <b>долго</b>\r\nBcc: all@example.org', contact: null, voice: null, photo: null } });
    await rig.settle();
    const [mail] = rig.smtp.to(user.email);
    expect(mail).toMatchObject({ from: 'otklik@shop.example', user: 'otklik' });
    const { headers, text, html } = readMail(mail!);
    expect(headers).toContain('Subject: Недовольный посетитель: Till 3');
    expect(headers).toMatch(/Auto-Submitted: auto-generated/i);
    expect(headers).not.toMatch(/^Bcc/im);
    expect(text).toContain(`https://otklik.example/floor?site=${SITE}&alert=${alert}`);
    expect(text).toContain('Оценка 1 из 4');
    expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(html).not.toContain('<img');
    expect(html).not.toContain('<b>');
  });

  it('gets a message of the bot, as plain text, when mail is not their way', async () => {
    await rig.onDuty([], { order: ['telegram', 'email'], telegramChat: '-100123' });
    const alert = await rig.open();
    await rig.settle();
    expect(rig.said().map(({ path }) => path)).toEqual(['/bot123456:telegram-secret-2/sendMessage']);
    const body = JSON.parse(rig.said()[0]!.body) as Record<string, unknown>;
    expect(body).toMatchObject({ chat_id: '-100123', text: `Unhappy visitor: Till 3\nRated 1 of 4 · just now · Shop on Main\nhttps://otklik.example/floor?site=${SITE}&alert=${alert}` });
    expect(body).not.toHaveProperty('parse_mode');
    expect(rig.smtp.mails).toEqual([]);
  });
});

describe('who is told', () => {
  it('one notice each to all who are on duty, and the first of an alert is stated once', async () => {
    await rig.onDuty(['a1', 'a2']);
    await rig.onDuty(['b1']);
    const alert = await rig.open();
    await rig.settle();
    expect(rig.push.messages.map(({ browser }) => browser).sort()).toEqual(['a1', 'a2', 'b1']);
    expect(committed('alert.noticed').map(({ event }) => event.body)).toEqual([{ alert, channel: 'push' }]);
    expect(await rig.hub.store.read((db) => rig.hub.alerts.noticeOf(db, alert))).toMatchObject({ noticed: true });
  });

  it('again when nobody took it, and again when it is everybody\'s', async () => {
    const { user } = await rig.onDuty(['tablet']);
    const alert = await rig.open();
    await rig.settle();
    await rig.state('alert.escalated', { alert, step: 1 });
    await rig.settle();
    const escalated = rig.push.messages.length;
    expect(rig.push.messages.at(-1)!.payload.body).toMatch(escalated > 1 ? /^Nobody took it/ : /^Rated/);
    await rig.state('alert.claimed', { alert, by: { id: user.id, name: user.name } });
    await rig.settle();
    await rig.state('alert.returned', { alert, why: 'no_outcome', from: null });
    await rig.settle();
    rig.hub.advance(10_000);
    await rig.settle();
    expect(rig.push.messages).toHaveLength(escalated + 1);
    expect(rig.push.messages.at(-1)!.payload).toMatchObject({ tag: alert, body: expect.stringMatching(/^Waiting again/) });
  });

  it('of what happens in quiet hours only when it is urgent, also when it becomes so', async () => {
    await rig.onDuty(['tablet']);
    const calm = await rig.open({ quiet: true });
    await rig.open({ quiet: true, severity: 'urgent' });
    await rig.settle();
    expect(rig.push.messages.map(({ payload }) => payload.severity)).toEqual(['urgent']);
    await rig.state('alert.grown', { alert: calm, source: '01KAJ5V5K0000000000000000A', count: 2, last: rig.hub.clock(), severity: 'high' });
    await rig.settle();
    expect(rig.push.messages).toHaveLength(1);
    for (const count of [3, 4]) await rig.state('alert.grown', { alert: calm, source: `01KAJ5V5K0000000000000000${count}`, count, last: rig.hub.clock(), severity: 'urgent' });
    await rig.settle();
    expect(rig.push.messages).toHaveLength(2);
    expect(rig.push.messages[1]!.payload).toMatchObject({ alert: calm, severity: 'urgent', body: expect.stringMatching(/^Urgent now/) });
  });

  it('nobody of what is older than ten minutes', async () => {
    await rig.onDuty(['tablet']);
    await rig.main.runner.stop();
    await rig.open();
    rig.hub.advance(10 * 60_000 + 1);
    await rig.post();
    await rig.settle();
    expect(rig.push.messages).toEqual([]);
  });
});

describe('a channel that does not work', () => {
  it('forgets a browser that its push service knows no more and goes on to mail at once', async () => {
    const person = await rig.onDuty(['gone']);
    rig.push.answer('gone', 410);
    await rig.open();
    await rig.settle();
    expect(rig.smtp.to(person.user.email)).toHaveLength(1);
    expect(told(await rig.deliveries())).toEqual(['email sent', 'push failed']);
    expect((await rig.hub.call('GET', '/api/v1/notifications', { cookie: person.cookie })).body).toMatchObject({ devices: [] });
    expect((await rig.deliveries()).find(({ channel }) => channel === 'push')!.error).toMatch(/browser takes no notices any more/);
  });

  it('keeps mail waiting while another browser of the person took the push', async () => {
    const person = await rig.onDuty(['gone', 'good']);
    rig.push.answer('gone', 410);
    await rig.open();
    await rig.settle();
    expect(rig.smtp.mails).toEqual([]);
    expect(rig.push.of('good')).toHaveLength(1);
    rig.hub.advance(RECEIPT_MS);
    await rig.settle();
    expect(rig.smtp.to(person.user.email)).toHaveLength(1);
  });

  it.each([500, 429])('is tried again after a while when it says %i, no sooner than it asks', async (status) => {
    await rig.onDuty(['tablet'], { order: ['push'] });
    rig.push.answer('tablet', status, { 'retry-after': '9' });
    await rig.open();
    await rig.settle();
    expect(rig.push.asked['tablet']).toBe(1);
    rig.hub.advance(8_900);
    await rig.settle();
    expect(rig.push.asked['tablet']).toBe(1);
    rig.push.answer('tablet', 201);
    rig.hub.advance(200);
    await rig.settle();
    expect(rig.push.of('tablet')).toHaveLength(1);
    expect(told(await rig.deliveries())).toEqual(['push sent']);
  });

  it('is given up after five attempts', async () => {
    await rig.onDuty(['tablet'], { order: ['push'] });
    rig.push.answer('tablet', 503);
    await rig.open();
    await rig.settle();
    for (let minute = 0; minute < 9; minute++) { rig.hub.advance(60_000); await rig.settle(); }
    expect(rig.push.asked['tablet']).toBe(5);
    expect(await rig.deliveries()).toMatchObject([{ state: 'failed', attempts: 5, error: 'The service cannot be reached: check its address and the hub’s network. (503)' }]);
  });

  it('hands over to the next one at once when it hangs, and takes back what it had planned', async () => {
    await rig.close();
    rig = await startRig({}, { email: 300 });
    await rig.onDuty(['tablet'], { telegramChat: '77', order: ['email', 'telegram', 'push'] });
    rig.smtp.mood = 'hang';
    await rig.open();
    await rig.settle();
    expect(rig.smtp.connections).toBe(1);
    expect(rig.said()).toHaveLength(1);
    expect(told(await rig.deliveries())).toEqual(['email cancelled', 'push cancelled', 'telegram sent']);
    rig.hub.advance(120_000);
    await rig.settle();
    expect(rig.smtp.connections).toBe(1);
  });

  it('says why it refused, in words', async () => {
    const cases = [
      ['bad_login', /did not accept the hub’s name/], ['bad_address', /does not take this address/], ['busy', /asks for patience/],
    ] as const;
    const person = await rig.onDuty([], { order: ['email'] });
    for (const [mood, words] of cases) {
      rig.smtp.mood = mood;
      const answer = await rig.hub.call('POST', '/api/v1/notifications/test', { cookie: person.cookie, body: { channel: 'email' } });
      expect(answer, mood).toMatchObject({ status: 200, body: { state: 'failed', attempts: 1 } });
      expect(String(answer.body['error']), mood).toMatch(words);
    }
  });

  it('never starts old things: what waited for longer than ten minutes is given up', async () => {
    await rig.onDuty([], { order: ['email'] });
    rig.smtp.mood = 'busy';
    await rig.open();
    await rig.settle();
    rig.smtp.mood = 'ok';
    rig.hub.advance(10 * 60_000 + 1);
    await rig.settle();
    expect(rig.smtp.mails).toEqual([]);
    expect(await rig.deliveries()).toMatchObject([{ state: 'failed', error: 'It grew too old before it could be sent.' }]);
  });
});
