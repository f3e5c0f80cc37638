/**
 * Proves that a worker works: `node verify.mjs <installed mediasoup> <worker program>`, exit code 0.
 * The worker is started through the package, answered as a browser would answer ICE, and must send the
 * first DTLS message. That goes through flatbuffers, libuv, libsrtp's start and OpenSSL, which is where a
 * worker on the wrong libraries dies.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { bindingRequest } from './stun.mjs';

const HANDSHAKE_MS = 5000;
const DTLS_HANDSHAKE = 22;

/** A browser's side of DTLS; the fingerprint is never compared, since no handshake is finished. */
const DTLS_PARAMETERS = { role: 'server', fingerprints: [{ algorithm: 'sha-256', value: Array(32).fill('00').join(':') }] };

async function listeningTransport(worker) {
  const router = await worker.createRouter({ mediaCodecs: [{ kind: 'video', mimeType: 'video/VP8', clockRate: 90000 }] });
  await router.createDirectTransport();
  const transport = await router.createWebRtcTransport({ listenInfos: [{ protocol: 'udp', ip: '127.0.0.1' }], enableSctp: true });
  await transport.connect({ dtlsParameters: DTLS_PARAMETERS });
  return transport;
}

/** Resolves when the worker begins DTLS; rejects after HANDSHAKE_MS. */
async function firstDtlsMessage({ iceParameters, iceCandidates }) {
  const socket = createSocket('udp4');
  const signal = AbortSignal.timeout(HANDSHAKE_MS);
  try {
    const { usernameFragment, password } = iceParameters;
    socket.send(bindingRequest(`${usernameFragment}:verify`, password), iceCandidates[0].port, '127.0.0.1');
    for (;;) {
      const [message] = await once(socket, 'message', { signal });
      if (message[0] === DTLS_HANDSHAKE) return;
    }
  } finally {
    socket.close();
  }
}

const [packageDir, program] = process.argv.slice(2);
process.env.MEDIASOUP_WORKER_BIN = program; // read when the package is loaded
const mediasoup = await import(pathToFileURL(path.join(packageDir, 'node/lib/index.js')).href);
const worker = await mediasoup.createWorker({ logLevel: 'warn' });
worker.on('died', () => {
  console.error('the worker died while it was being verified');
  process.exit(1);
});
await firstDtlsMessage(await listeningTransport(worker));
worker.close();
console.log('verified: the worker began DTLS');
process.exit(0);
