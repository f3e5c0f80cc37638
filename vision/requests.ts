import { types as nodeTypes } from 'node:util';
import type { types } from 'mediasoup';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { CAMERA_REQUESTS, WhipOffer, type Ack, type CameraRequest } from '../contract/index.ts';
import type { Cameras } from './media/cameras.ts';
import { RequestError } from './media/errors.ts';
import { DtlsParameters, RtpParameters } from './media/parameters.ts';

/** Requests that the hub relays, by event name. */
export const REQUEST_NAMES = [...(Object.keys(CAMERA_REQUESTS) as CameraRequest[]), 'node:whip'] as const;
export type RequestName = (typeof REQUEST_NAMES)[number];

const Identity = Type.String({ minLength: 1, maxLength: 64 });
const envelope = Compile(Type.Object({ camera: Identity, site: Identity, name: Type.String({ maxLength: 80 }), payload: Type.Unknown() }));

const payloads = {
  'camera:capabilities': Compile(CAMERA_REQUESTS['camera:capabilities']),
  'camera:transport': Compile(CAMERA_REQUESTS['camera:transport']),
  'camera:connect': Compile(CAMERA_REQUESTS['camera:connect']),
  'camera:produce': Compile(CAMERA_REQUESTS['camera:produce']),
  'camera:close': Compile(CAMERA_REQUESTS['camera:close']),
  'node:whip': Compile(WhipOffer),
};

const dtls = Compile(DtlsParameters);
const rtp = Compile(RtpParameters);

/** A validator's answer with the type it stands for. */
interface Validator<T> { Check(value: unknown): value is T }

function checked<T>(validator: Validator<T>, value: unknown, code: 'invalid' | 'bad_sdp' = 'invalid'): T {
  if (!validator.Check(value)) throw new RequestError(code, 'the request does not have the expected shape');
  return value;
}

/**
 * Does one relayed request and answers it; never throws. What mediasoup's own checks refuse is the sender's
 * fault (`invalid`), everything unforeseen is `media_failed`.
 */
export async function handleRequest(cameras: Cameras, name: RequestName, request: unknown): Promise<Ack<object>> {
  try {
    const { camera, site, payload } = checked(envelope, request);
    return { ok: true, data: await perform(cameras, name, camera, site, payload ?? {}) };
  } catch (error) {
    if (error instanceof RequestError) return { ok: false, code: error.code, message: error.message };
    return { ok: false, code: 'media_failed', message: nodeTypes.isNativeError(error) ? error.message : String(error) };
  }
}

async function perform(cameras: Cameras, name: RequestName, camera: string, site: string, payload: unknown): Promise<object> {
  switch (name) {
    case 'camera:capabilities': checked(payloads[name], payload); return cameras.capabilities();
    case 'camera:transport': checked(payloads[name], payload); return cameras.transport(camera, site);
    case 'camera:connect': return cameras.connect(camera, checked(dtls, checked(payloads[name], payload).dtlsParameters) as types.DtlsParameters);
    case 'camera:produce': return cameras.produce(camera, checked(rtp, checked(payloads[name], payload).rtpParameters) as types.RtpParameters);
    case 'camera:close': checked(payloads[name], payload); return cameras.closeCamera(camera, 'closed');
    case 'node:whip': return cameras.whip(camera, site, checked(payloads[name], payload, 'bad_sdp').sdp);
  }
}
