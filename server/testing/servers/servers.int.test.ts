import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressOf, database, dropDatabase, startPostgres, startRedis, templateDatabase, urlAt, type TestServer } from './index.ts';
import { childrenOf, whenGone } from './processes.ts';

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

/** Resolves when the server has ended the connection; node-postgres tells of it more than once. */
function lostOf(client: Client): Promise<unknown> {
  return new Promise((resolve) => client.on('error', resolve));
}

async function redisSays(url: string, ...words: string[]): Promise<unknown> {
  const client = createClient({ url });
  await client.connect();
  try {
    return await client.sendCommand(words);
  } finally {
    client.destroy();
  }
}

describe('PostgreSQL', () => {
  let server: TestServer;
  beforeAll(async () => { server = await startPostgres({ durable: true }); });
  afterAll(() => server.stop());

  it('keeps others out of its port who have not its password', async () => {
    const open = await startPostgres({ tcp: true });
    try {
      expect(await query(open.url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
      const wrong = new URL(open.url);
      wrong.password = 'guess';
      await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password/);
    } finally {
      await open.stop();
    }
    expect(fs.existsSync(open.folder)).toBe(false);
  });

  it('keeps what was committed through kill and restart, and nothing of it runs on after kill', async () => {
    const url = await database(server.url);
    await query(url, 'CREATE TABLE kept (n int)');
    const first = server.pid!;
    const children = childrenOf(first);
    expect(children.length).toBeGreaterThan(2);
    const open = new Client({ connectionString: url });
    await open.connect();
    const lost = lostOf(open);
    await query(url, 'INSERT INTO kept VALUES (1)');
    await server.kill();
    await lost;
    await whenGone([first, ...children], 0);
    expect(server.pid).toBeUndefined();
    await expect(query(url, 'SELECT 1')).rejects.toThrow();
    await server.start();
    expect(await query(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await server.restart();
    expect(server.pid).not.toBe(first);
    expect(await query(url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('gives every test a database of its own, copied from a prepared one and removed even while it is in use', async () => {
    const template = await templateDatabase(server.url, 'prepared', async (url) => { await query(url, 'CREATE TABLE t (n int)'); });
    const [one, two] = await Promise.all([database(server.url, template), database(server.url, template)]);
    await query(one, 'INSERT INTO t VALUES (1)');
    expect(await query(two, 'SELECT n FROM t')).toEqual([]);
    const open = new Client({ connectionString: one });
    await open.connect();
    const ended = lostOf(open);
    await dropDatabase(one);
    await ended;
    await expect(query(one, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });
});

describe('Redis', () => {
  it.each([{ tcp: false }, { tcp: true }])('answers, and is empty after a crash: %o', async (options) => {
    const server = await startRedis(options);
    try {
      await redisSays(server.url, 'SET', 'a', '1');
      expect(await redisSays(server.url, 'GET', 'a')).toBe('1');
      await server.kill();
      expect(server.pid).toBeUndefined();
      await server.start();
      expect(await redisSays(server.url, 'GET', 'a')).toBeNull();
    } finally {
      await server.stop();
    }
    expect(fs.existsSync(server.folder)).toBe(false);
  });

  it('keeps others out of its port who have not its password', async () => {
    const server = await startRedis({ tcp: true });
    try {
      await expect(redisSays(server.url.replace(/:[^:@]*@/, ':guess@'), 'GET', 'a')).rejects.toThrow(/WRONGPASS/);
    } finally {
      await server.stop();
    }
  });
});

describe('what a program leaves behind that ends without stopping its servers', () => {
  const program = `
    const { startPostgres, startRedis } = await import(${JSON.stringify(path.join(import.meta.dirname, 'index.ts'))});
    const servers = [await startPostgres(), await startRedis()];
    console.log(JSON.stringify(servers.map(({ pid, folder }) => ({ pid, folder }))));
    if (process.argv[1] === 'wait') setInterval(() => undefined, 1_000);`;

  it.each(['wait', 'finish'])('nothing, when it is killed or just ends: %s', async (how) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, how], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const [data] = await once(child.stdout, 'data') as [Buffer];
    const servers = JSON.parse(data.toString()) as { pid: number; folder: string }[];
    const pids = servers.flatMap(({ pid }) => [pid, ...childrenOf(pid)]);
    if (how === 'wait') child.kill('SIGKILL');
    await exited;
    await whenGone(pids);
    await expect.poll(() => servers.filter(({ folder }) => fs.existsSync(folder)), { timeout: 5_000 }).toEqual([]);
  });
});

describe('addresses in URLs', () => {
  it.each([
    ['postgres://me@localhost/d?host=%2Ftmp%2Fx&port=5433', { path: '/tmp/x/.s.PGSQL.5433' }],
    ['postgres://me:secret@127.0.0.1:7000/d', { host: '127.0.0.1', port: 7000 }],
    ['unix:///tmp/x/redis.sock', { path: '/tmp/x/redis.sock' }],
    ['redis://:secret@127.0.0.1', { host: '127.0.0.1', port: 6379 }],
  ])('are read from %s', (url, address) => {
    expect(addressOf(url)).toEqual(address);
    expect(addressOf(urlAt(url, address))).toEqual(address);
  });

  it('are replaced, and the rest is kept', () => {
    expect(urlAt('postgres://me:secret@127.0.0.1:7000/d?application_name=x', { path: '/a/.s.PGSQL.1' })).toBe('postgres://me:secret@localhost/d?application_name=x&host=%2Fa&port=1');
    expect(urlAt('postgres://me@localhost/d?host=%2Ftmp%2Fx&port=5433', { host: '127.0.0.1', port: 9 })).toBe('postgres://me@127.0.0.1:9/d');
    expect(urlAt('redis://:secret@127.0.0.1:9/', { host: '127.0.0.1', port: 10 })).toBe('redis://:secret@127.0.0.1:10/');
    expect(urlAt('unix:///a/b.sock', { host: '127.0.0.1', port: 9 })).toBe('redis://127.0.0.1:9');
    expect(urlAt('unix:///a/b.sock', { path: '/c.sock' })).toBe('unix:///c.sock');
  });
});
