import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { textFrame } from './frame.ts';

describe('textFrame', () => {
  it('is read back by an independent implementation, at every header size', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const raw = new Promise<Socket>((resolve) => server.on('connection', (_socket, request) => resolve(request.socket)));
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const received: string[] = [];
    client.on('message', (data: Buffer) => received.push(data.toString()));
    await once(client, 'open');
    const socket = await raw;
    const texts = [...fc.sample(fc.string({ unit: 'grapheme', maxLength: 300 }), { numRuns: 200, seed: 1 }), ...[0, 1, 62, 63, 32_767, 32_768, 200_000].map((n) => 'ж'.repeat(n))];
    for (const text of texts) socket.write(textFrame(text));
    while (received.length < texts.length) await once(client, 'message');
    expect(received).toEqual(texts);
    client.terminate();
    server.close();
  });
});
