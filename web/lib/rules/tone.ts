import type { Tone } from '../../../contract/alert-words.ts';
import { sound } from '../sound.svelte.ts';

interface Previewing { preview?: (tone: Tone) => void | Promise<void> }

/** Whether tones can be listened to. */
export const canPreview = (): boolean => typeof (sound as Previewing).preview === 'function';

/** Plays a tone once, as loud as this device's alerts are. Call it from a touch. */
export function previewTone(tone: Tone): void {
  void (sound as Previewing).preview?.(tone);
}
