import { describe, expect, it } from 'vitest';
import { readArgs, UsageError } from './args.ts';

const good = ['--email', 'a@b.c', '--password', 'long enough'];

describe('readArgs', () => {
  it('fills in what was not said', () => {
    expect(readArgs(good, {})).toEqual({
      hub: 'http://127.0.0.1:8400', email: 'a@b.c', password: 'long enough', seed: 1, speed: 1, cameras: 3, site: 'demo',
      hours: { open: 9, close: 21 }, data: 'data/simulator', samples: null, quiet: false,
    });
    expect(readArgs(['--email', 'a@b.c'], { OTKLIK_SIMULATOR_PASSWORD: 'from outside' }).password).toBe('from outside');
    expect(readArgs([...good, '--hub', 'https://hub.example:9/'], {}).hub).toBe('https://hub.example:9');
  });

  it.each([
    [[], /--email/], [['--email', 'a@b.c'], /--password/], [[...good, '--hub', 'localhost'], /--hub/], [[...good, '--hub', 'file:///etc/passwd'], /--hub/],
    [[...good, '--seed', 'x'], /--seed/], [[...good, '--seed', '1.5'], /--seed/], [[...good, '--speed', '0'], /--speed/], [[...good, '--speed', ''], /--speed/],
    [[...good, '--cameras=-1'], /--cameras/], [[...good, '--cameras', '1000'], /--cameras/], [[...good, '--site', 'Мой'], /--site/],
    [[...good, '--hours', '21-9'], /opening hours/], [[...good, '--colour', 'red'], /--colour/], [[...good, 'stray'], /stray/],
  ])('says what is wrong with %j', (argv, message) => {
    expect(() => readArgs(argv, {})).toThrow(UsageError);
    expect(() => readArgs(argv, {})).toThrow(message);
  });
});
