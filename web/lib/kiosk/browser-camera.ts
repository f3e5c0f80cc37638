import type { CameraChoice, CameraSource, CameraTrack } from './camera-publisher.ts';

/** An open camera of this browser with the stream that its preview shows. */
export interface BrowserTrack extends CameraTrack {
  readonly track: MediaStreamTrack;
  readonly stream: MediaStream;
}

/** Small faces are read in this, near ones in half of it (see the layers that are published). */
const WIDTH = 1280;
const HEIGHT = 720;
const FPS = 15;

/** Whether the browser offers cameras here at all; it does so only over HTTPS or on this very computer. */
export const hasCameras = (): boolean => 'mediaDevices' in navigator && navigator.mediaDevices !== undefined;

function constraintsFor(choice: CameraChoice): MediaStreamConstraints {
  const which = 'deviceId' in choice ? { deviceId: { exact: choice.deviceId } } : { facingMode: { ideal: choice.facing } };
  // Sound is never asked for, so there is no way that it could be sent.
  return { audio: false, video: { ...which, width: { ideal: WIDTH }, height: { ideal: HEIGHT }, frameRate: { ideal: FPS, max: FPS } } };
}

export const browserCamera: CameraSource<BrowserTrack> = {
  async open(choice) {
    const stream = await navigator.mediaDevices.getUserMedia(constraintsFor(choice));
    const track = stream.getVideoTracks()[0];
    if (!track) throw new DOMException('the camera gave no picture', 'NotFoundError');
    // A counter, not a film: sharp single frames matter more than smooth movement.
    track.contentHint = 'detail';
    return {
      track, stream,
      get usable() { return track.readyState === 'live'; },
      onEnded: (listener) => { track.addEventListener('ended', listener); },
      stop: () => { for (const one of stream.getTracks()) one.stop(); },
    };
  },
};

/**
 * The camera to take next: front and back in turn where the camera knows its side (phones), else the next one of
 * those that are plugged in. Null when there is no other.
 */
export function nextChoice(settings: Pick<MediaTrackSettings, 'facingMode' | 'deviceId'>, cameras: readonly Pick<MediaDeviceInfo, 'deviceId'>[]): CameraChoice | null {
  if (cameras.length < 2) return null;
  if (settings.facingMode === 'environment') return { facing: 'user' };
  if (settings.facingMode === 'user') return { facing: 'environment' };
  const at = cameras.findIndex((camera) => camera.deviceId === settings.deviceId);
  const next = cameras[(at + 1) % cameras.length];
  return next && next.deviceId !== '' && next.deviceId !== settings.deviceId ? { deviceId: next.deviceId } : null;
}

/** Cameras that this browser can open now. */
export async function listCameras(): Promise<MediaDeviceInfo[]> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter((device) => device.kind === 'videoinput');
}
