import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * A picture lives in memory for as long as it is measured. These tests read the program's own text, so that a way
 * out for pictures cannot come in unnoticed: new ways to write must be added here, with their reason.
 */
const root = new URL('.', import.meta.url).pathname;
/** What a running node consists of: everything that its program and its measuring threads import. Tools that people run by hand are not in it. */
const sources = reached(['main.ts', 'measure/thread.ts']);
const text = new Map(sources.map((file) => [file, readFileSync(`${root}${file}`, 'utf8')]));

function reached(from: readonly string[]): string[] {
  const found = new Set<string>(from);
  for (const file of found) {
    for (const [, path] of readFileSync(`${root}${file}`, 'utf8').matchAll(/(?:from |import\(|new URL\()'(\.{1,2}\/[^']+\.ts)'/g)) {
      const target = posix.join(posix.dirname(file), path!);
      if (!target.startsWith('..')) found.add(target);
    }
  }
  return [...found].sort();
}

const filesWith = (pattern: RegExp): string[] => sources.filter((file) => pattern.test(text.get(file)!)).sort();

/** Modules that can write to a disk, start programs or open sockets, and the only files that may use them. */
const ALLOWED: Record<string, string[]> = {
  'node:fs': ['config.ts', 'measure/builtin.ts', 'measure/manifest.ts', 'measure/model.ts', 'outbox/outbox.ts', 'rtsp/puller.ts'],
  // ffmpeg fetches IP cameras and hands their video to the media worker; this process sees none of it on the way.
  'node:child_process': ['rtsp/pull.ts'],
  'node:dgram': ['rtsp/pull.ts'],
  'better-sqlite3': ['outbox/outbox.ts'],
  'socket.io-client': ['link.ts'],
  mediasoup: ['media/worker.ts'],
};
const NEVER = ['node:fs/promises', 'fs', 'fs/promises', 'child_process', 'node:net', 'dgram', 'node:http', 'node:https', 'node:tls', 'node:http2', 'sharp', 'werift'];

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
    // These judge addresses and open nothing.
    expect(users.filter((file) => !(module === 'node:net' && /import \{ (BlockList, )?isIP \} from 'node:net'/.test(text.get(file)!)))).toEqual([]);
  });

  it('files are read, and one folder is made for the outbox; nothing writes one', () => {
    const named = sources.flatMap((file) => [...text.get(file)!.matchAll(/import \{([^}]+)\} from 'node:fs'/g)].flatMap((match) => match[1]!.split(',').map((name) => `${file} ${name.trim()}`)));
    const reading = /(existsSync|readFileSync|statSync|accessSync|constants)$/;
    expect(named.filter((use) => !reading.test(use))).toEqual(['outbox/outbox.ts mkdirSync']);
  });

  it('what is sent goes through the link and the outbox only', () => {
    expect(filesWith(/\.emit\(|emitWithAck\(/)).toEqual(['link.ts']);
    expect(filesWith(/(?<![.#\w])fetch\(/)).toEqual(['outbox/sender.ts', 'sync.ts']);
    expect(filesWith(/process\.send\(|new WebSocket\(|createWriteStream|writeFile/)).toEqual([]);
  });

  it('the files that hold pictures know neither the link nor the outbox', () => {
    for (const file of sources.filter((name) => /^(frames|measure|rtp)\//.test(name))) {
      expect(imports(file).filter((name) => /link|outbox|sender|socket/.test(name)), file).toEqual([]);
    }
  });
});
