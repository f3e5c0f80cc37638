import type { Socket } from 'socket.io';
import type { Ack, EmotionSample, NodeCamera, NodeCapacity, NodeRegister, NodeStatus } from '../../contract/index.ts';
import { loggable } from '../core/http/index.ts';
import { CAMERA_CHECKS, MessageLimit, NODE_CHECKS, refuse, type Check } from './intake.ts';
import type { MediaCamera, MediaDevice } from './ports.ts';
import type { Signalling } from './signalling.ts';

type Reply = (ack: Ack<unknown>) => void;
type Handler = (event: string, payload: unknown) => Promise<Ack<unknown>>;

/** A connection that was refused this many messages in a row is closed. */
const MOST_REFUSED = 200;
const CAMERA_RATE = { perSecond: 10, burst: 40 };
/** Samples come ten times a second; after a reconnection a node reports every camera at once. */
const NODE_RATE = { perSecond: 100, burst: 1_500 };

/** Serves a camera's connection until it ends. */
export function serveCamera(signalling: Signalling, socket: Socket, camera: MediaCamera): void {
  signalling.cameras.add(socket, camera);
  socket.on('disconnect', () => signalling.cameras.remove(socket, camera.id));
  listen(signalling, socket, CAMERA_CHECKS, CAMERA_RATE, async (event, payload) => {
    if (event === 'camera:close') return signalling.closeCamera(camera);
    if (event !== 'camera:capabilities') return signalling.relay(camera, event, payload);
    const node = await signalling.assign(camera);
    if (!node) return refuse('no_vision_node', 'no vision node has room for this camera; it is called back when one has');
    return signalling.ask(node, camera, event, payload);
  });
}

/**
 * Serves a vision node's connection until it ends. What it says of itself and its cameras takes effect in the order in
 * which it came; samples and figures are of the moment and wait for nothing.
 */
export function serveNode(signalling: Signalling, socket: Socket, device: MediaDevice): void {
  let node: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  socket.on('disconnect', () => { if (node !== undefined) signalling.nodeDisconnected(socket, node); });

  const handle: Handler = async (event, payload) => {
    if (event === 'node:register') {
      const { node: name, capacity, cameras } = payload as NodeRegister;
      if (node !== undefined && node !== name) return refuse('conflict', `this connection is registered as ${node}`);
      const refusal = await signalling.nodeRegistered(socket, device, name, capacity, cameras);
      if (refusal !== undefined) return refuse('conflict', refusal);
      node = name;
      return { ok: true, data: { node } };
    }
    if (node === undefined) return refuse('conflict', 'register first');
    if (event === 'node:capacity') {
      await signalling.nodeResized(socket, (payload as NodeCapacity).capacity);
      return { ok: true, data: {} };
    }
    const refusal = await signalling.cameraReported(socket, node, payload as NodeCamera);
    return refusal === undefined ? { ok: true, data: {} } : refuse('conflict', refusal);
  };
  const pass = (event: string, payload: unknown): Ack<unknown> => {
    if (node === undefined) return refuse('conflict', 'register first');
    if (event === 'node:samples') passSamples(signalling, node, payload as EmotionSample[]);
    else signalling.deps.onNodeStatus(node, payload as NodeStatus);
    return { ok: true, data: {} };
  };
  listen(signalling, socket, NODE_CHECKS, NODE_RATE, async (event, payload) => {
    if (event === 'node:samples' || event === 'node:status') return pass(event, payload);
    const answer = turn.then(() => handle(event, payload));
    turn = answer.catch(() => undefined);
    return answer;
  });
}

/** A node speaks only for the cameras that it has; what it says of others is left out. */
function passSamples(signalling: Signalling, node: string, samples: EmotionSample[]): void {
  const own = samples.filter((sample) => signalling.serves(node, sample.camera, sample.site));
  if (own.length > 0) signalling.deps.onSamples(own);
}

function listen(signalling: Signalling, socket: Socket, checks: ReadonlyMap<string, Check>, rate: { perSecond: number; burst: number }, handle: Handler): void {
  const { clock, log } = signalling.deps;
  const limit = new MessageLimit(rate.perSecond, rate.burst, clock());
  socket.onAny((event: unknown, ...args: unknown[]) => {
    const last = args.at(-1);
    const reply: Reply = typeof last === 'function' ? (ack) => { last(ack); } : () => undefined;
    if (!limit.take(clock())) {
      reply(refuse('rate_limited', 'too many messages: slow down'));
      if (limit.refused >= MOST_REFUSED) socket.disconnect(true);
      return;
    }
    const check = checks.get(String(event));
    if (!check) return reply(refuse('invalid', 'there is no such message'));
    const problem = check(args[0]);
    if (problem !== undefined) return reply(refuse('invalid', problem));
    handle(String(event), args[0]).then(reply, (error: unknown) => {
      log.warn({ err: loggable(error), event }, 'a media message failed');
      reply(refuse('internal', 'the hub failed, try again'));
    });
  });
}
