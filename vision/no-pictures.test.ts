import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/**
 * A picture lives in memory for as long as it is measured. These tests read the program's own text, so that a way
 * out for pictures cannot come in unnoticed: new ways to write must be added here, with their reason.
 */
const root = new URL('.', import.meta.url).pathname;
const sources = globSync('**/*.ts', { cwd: root }).filter((file) => !file.endsWith('.test.ts') && !file.startsWith('testing/'));
const text = new Map(sources.map((file) => [file, readFileSync(`${root}${file}`, 'utf8')]));
const filesWith = (pattern: RegExp): string[] => sources.filter((file) => pattern.test(text.get(file)!)).sort();

/** Modules that can write to a disk, start programs or open sockets, and the only files that may use them. */
const ALLOWED: Record<string, string[]> = {
  'node:fs': ['config.ts', 'measure/builtin.ts', 'measure/manifest.ts', 'outbox/outbox.ts'],
  'better-sqlite3': ['outbox/outbox.ts'],
  'socket.io-client': ['link.ts'],
  mediasoup: ['media/worker.ts'],
};
const NEVER = ['node:fs/promises', 'fs', 'fs/promises', 'node:child_process', 'child_process', 'node:net', 'node:dgram', 'node:http', 'node:https', 'node:tls', 'node:http2', 'sharp', 'werift'];

const imports = (file: string): string[] => [...text.get(file)!.matchAll(/(?:^import (?!type)[^;]*?from |import\()'([^']+)'/gm)].map((match) => match[1]!);

describe('no way out for pictures', () => {
  it('looks at all of the program', () => {
    expect(sources).toEqual(expect.arrayContaining(['main.ts', 'engine.ts', 'frames/decoder.ts', 'measure/measurer.ts', 'outbox/outbox.ts', 'link.ts']));
  });

  it.each(Object.entries(ALLOWED))('%s is used only where it is expected', (module, files) => {
    expect(sources.filter((file) => imports(file).includes(module)).sort()).toEqual(files);
  });

  it.each(NEVER)('%s is used nowhere', (module) => {
    const users = sources.filter((file) => imports(file).includes(module));
    // isIP checks an address and opens nothing.
    expect(users.filter((file) => !(module === 'node:net' && /import \{ isIP \} from 'node:net'/.test(text.get(file)!)))).toEqual([]);
  });

  it('files are read, and one folder is made for the outbox; nothing writes one', () => {
    const named = sources.flatMap((file) => [...text.get(file)!.matchAll(/import \{([^}]+)\} from 'node:fs'/g)].flatMap((match) => match[1]!.split(',').map((name) => `${file} ${name.trim()}`)));
    const reading = /(existsSync|readFileSync|statSync)$/;
    expect(named.filter((use) => !reading.test(use))).toEqual(['outbox/outbox.ts mkdirSync']);
  });

  it('what is sent goes through the link and the outbox only', () => {
    expect(filesWith(/\.emit\(|emitWithAck\(/)).toEqual(['link.ts']);
    expect(filesWith(/\bfetch\(/)).toEqual(['outbox/sender.ts']);
    expect(filesWith(/process\.send\(|new WebSocket\(|createWriteStream|writeFile/)).toEqual([]);
  });

  it('the files that hold pictures know neither the link nor the outbox', () => {
    for (const file of sources.filter((name) => /^(frames|measure|rtp)\//.test(name))) {
      expect(imports(file).filter((name) => /link|outbox|sender|socket/.test(name)), file).toEqual([]);
    }
  });
});
