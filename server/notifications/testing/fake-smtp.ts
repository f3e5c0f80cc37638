import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';

export interface Mail { from: string; to: string[]; data: string; user: string | null }
/** `hang`: takes the connection and says nothing. `hang_after_data`: takes the mail and never says so. */
export type SmtpMood = 'ok' | 'hang' | 'hang_after_data' | 'busy' | 'bad_login' | 'bad_address';

/** A mail server on loopback, as much of RFC 5321 as a client needs. */
export class FakeSmtp {
  readonly mails: Mail[] = [];
  connections = 0;
  mood: SmtpMood = 'ok';
  #sockets = new Set<Socket>();
  #server = net.createServer((socket) => this.#talk(socket));

  static async start(): Promise<FakeSmtp> {
    const smtp = new FakeSmtp();
    smtp.#server.listen(0, '127.0.0.1');
    await once(smtp.#server, 'listening');
    return smtp;
  }
  /** The setting of a hub that uses it. */
  url(user = 'otklik', password = 'smtp-secret-1'): string { return `smtp://${user}:${password}@127.0.0.1:${(this.#server.address() as AddressInfo).port}`; }
  to(address: string): Mail[] { return this.mails.filter(({ to }) => to.includes(address)); }

  #talk(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    // A client that gives up resets the connection: that is its right.
    socket.on('error', () => socket.destroy());
    const say = (line: string): void => { if (!socket.destroyed) socket.write(`${line}\r\n`); };
    if (this.mood === 'hang') return;
    if (this.mood === 'busy') return say('421 4.3.2 try later');
    say('220 fake ESMTP');
    const mail: Mail = { from: '', to: [], data: '', user: null };
    let inData = false;
    let rest = '';
    const answers: [RegExp, (line: string) => void][] = [
      [/^(EHLO|HELO)/i, () => { say('250-fake'); say('250-AUTH PLAIN LOGIN'); say('250 8BITMIME'); }],
      [/^AUTH PLAIN (.*)$/i, (line) => {
        mail.user = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString().split('\0')[1] ?? null;
        say(this.mood === 'bad_login' ? '535 5.7.8 who are you' : '235 2.7.0 welcome');
      }],
      [/^MAIL FROM:/i, (line) => { mail.from = /<(.*?)>/.exec(line)?.[1] ?? ''; say('250 ok'); }],
      [/^RCPT TO:/i, (line) => { mail.to.push(/<(.*?)>/.exec(line)?.[1] ?? ''); say(this.mood === 'bad_address' ? '550 5.1.1 nobody here' : '250 ok'); }],
      [/^DATA/i, () => { inData = true; say('354 go on'); }],
      [/^QUIT/i, () => { say('221 bye'); socket.end(); }],
    ];
    socket.on('data', (chunk) => {
      rest += chunk.toString();
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (!inData) { (answers.find(([pattern]) => pattern.test(line))?.[1] ?? (() => say('250 ok')))(line); continue; }
        if (line !== '.') { mail.data += `${line.replace(/^\./, '')}\n`; continue; }
        inData = false;
        this.mails.push({ ...mail, to: [...mail.to] });
        if (this.mood !== 'hang_after_data') say('250 2.0.0 taken');
      }
    });
  }
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** The parts of a mail with their transfer encodings undone: its headers, decoded, and both bodies. */
export function readMail({ data }: Mail): { headers: string; text: string; html: string } {
  const [head = '', ...rest] = data.split('\n\n');
  const headers = head.replaceAll(/\n[ \t]+/g, ' ').replaceAll(/=\?UTF-8\?([BQ])\?(.*?)\?=\s?/gi, (_all, kind: string, text: string) => (kind.toUpperCase() === 'B' ? Buffer.from(text, 'base64').toString() : unquote(text.replaceAll('_', ' '))));
  const boundary = /boundary="(.*?)"/.exec(head)?.[1] ?? '\0';
  const parts = rest.join('\n\n').split(`--${boundary}`).map((part) => {
    const [partHead = '', ...body] = part.split('\n\n');
    const text = body.join('\n\n');
    if (/base64/i.test(partHead)) return { partHead, text: Buffer.from(text, 'base64').toString() };
    return { partHead, text: /quoted-printable/i.test(partHead) ? unquote(text.replaceAll(/=\n/g, '')) : text };
  });
  const of = (type: string): string => parts.find(({ partHead }) => partHead.toLowerCase().includes(type))?.text ?? '';
  return { headers, text: of('text/plain'), html: of('text/html') };
}

const unquote = (text: string): string => Buffer.from(text.replaceAll(/=([0-9A-F]{2})/gi, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 16))), 'latin1').toString();
