import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, summarise } from '../config.ts';

const GOOD = {
  OTKLIK_PUBLIC_URL: 'https://otklik.example/', OTKLIK_SMTP_URL: 'smtps://user:p%40ss@mail.example:465?requireTLS=true', OTKLIK_MAIL_FROM: 'Otklik <otklik@mail.example>', OTKLIK_TELEGRAM_TOKEN: '123456:AAF-telegram_secret',
  OTKLIK_TELEGRAM_URL: 'http://127.0.0.1:8081/', OTKLIK_PUSH_SUBJECT: 'mailto:owner@mail.example', OTKLIK_PRIVATE_WEBHOOKS: 'yes',
};

describe('settings of notices', () => {
  it('are all left out on one machine, and then no channel but push is there', () => {
    expect(readConfig({})).toMatchObject({ publicUrl: null, smtpUrl: null, mailFrom: null, telegramToken: null, telegramUrl: 'https://api.telegram.org', pushSubject: null, privateWebhooks: false });
  });
  it('are taken as they are meant; secrets are not shown at the start', () => {
    const config = readConfig(GOOD);
    expect(config).toMatchObject({ publicUrl: 'https://otklik.example', telegramUrl: 'http://127.0.0.1:8081', privateWebhooks: true });
    const lines = summarise(config).join('\n');
    expect(lines).toContain('OTKLIK_SMTP_URL = set');
    expect(lines).not.toMatch(/p%40ss|telegram_secret/);
  });
  it.each([
    ['OTKLIK_PUBLIC_URL', 'otklik.example'], ['OTKLIK_PUBLIC_URL', 'https://otklik.example/console'], ['OTKLIK_PUBLIC_URL', 'javascript:alert(1)'], ['OTKLIK_SMTP_URL', 'mail.example:465'], ['OTKLIK_SMTP_URL', 'http://mail.example'],
    ['OTKLIK_SMTP_URL', 'smtp://user:pa/ss@mail.example'], ['OTKLIK_MAIL_FROM', 'nobody'], ['OTKLIK_MAIL_FROM', 'a@b.example\r\nBcc: c@d.example'], ['OTKLIK_TELEGRAM_TOKEN', 'secret'], ['OTKLIK_TELEGRAM_URL', 'https://user:pw@api.example'],
    ['OTKLIK_PUSH_SUBJECT', 'owner@mail.example'], ['OTKLIK_PRIVATE_WEBHOOKS', 'perhaps'],
  ])('%s=%j is refused, with what was expected and without the value', (name, value) => {
    const attempt = (): unknown => readConfig({ ...GOOD, [name]: value });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(name);
    try { attempt(); } catch (error) { expect(String(error)).not.toContain('pa/ss'); }
  });
  it.each(['OTKLIK_SMTP_URL', 'OTKLIK_MAIL_FROM'])('%s does not stand alone', (name) => {
    expect(() => readConfig({ ...GOOD, [name]: '' })).toThrow('OTKLIK_SMTP_URL and OTKLIK_MAIL_FROM go together');
  });
});
