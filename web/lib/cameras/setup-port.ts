import type { CameraChoices, CameraSetup, DeviceCameraSetup } from '../../../contract/cameras.ts';
import { ApiError, get, post, remove, request } from '../api.ts';
import type { ErrorCode } from '../../../contract/errors.ts';
import type { Call } from '../kiosk/device-api.ts';

/** Where the wizard keeps a set-up: the same for a person at the console and for the camera's own page. */
export interface SetupPort {
  load(): Promise<CameraSetup>;
  /** @throws ApiError `conflict` when another version has been kept since. */
  save(choices: CameraChoices, version: number): Promise<CameraSetup>;
}
/** Zones and touchpoints that an area may show. */
export interface SetupPlaces { zones: readonly { id: string; name: string }[]; touchpoints: readonly { id: string; name: string; zone: string | null }[] }

/** By the person who is signed in. */
export function consolePort(camera: string): SetupPort {
  const path = `/cameras/${camera}/setup`;
  return {
    load: () => get<CameraSetup>(path),
    save: (choices, version) => request<CameraSetup>('PUT', path, { body: choices, ifMatch: `"${version}"` }),
  };
}

/** For some minutes the camera's own page may change its set-up, and the node tells what it sees of faces and light. */
export const openSetup = (camera: string, minutes: number): Promise<CameraSetup> => post<CameraSetup>(`/cameras/${camera}/setup/open`, { minutes });
export const closeSetup = (camera: string): Promise<CameraSetup> => post<CameraSetup>(`/cameras/${camera}/setup/close`);
export const removeSource = (camera: string): Promise<void> => remove(`/cameras/${camera}/source`);

const OWN = '/api/v1/device/camera-setup';

/** By the camera itself, with its token. */
export class DevicePort implements SetupPort {
  readonly #call: Call;
  readonly #token: string;

  constructor(call: Call, token: string) {
    this.#call = call;
    this.#token = token;
  }

  /** @throws ApiError `setup_closed` unless somebody opened the set-up */
  look = async (): Promise<DeviceCameraSetup> => answered(await this.#call(OWN, { token: this.#token })) as DeviceCameraSetup;
  load = async (): Promise<CameraSetup> => (await this.look()).setup;
  save = async (choices: CameraChoices, version: number): Promise<CameraSetup> => answered(await this.#call(OWN, { method: 'PUT', token: this.#token, body: choices, headers: { 'if-match': `"${version}"` } })) as CameraSetup;
}

/** @throws ApiError for everything that is not 2xx */
function answered(answer: Awaited<ReturnType<Call>>): unknown {
  if (answer.kind === 'unreachable') throw new ApiError(0, 'offline');
  if (answer.status >= 300) throw new ApiError(answer.status, answer.code ?? ('internal' satisfies ErrorCode));
  return answer.body;
}
