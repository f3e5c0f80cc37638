import type { Severity, Tone } from '../../../contract/alert-words.ts';
import { notices } from '../notices.svelte.ts';
import { m } from '../paraglide/messages.js';
import { sound } from '../sound.svelte.ts';

/** Plays a rule's signal once, as loud as this device's alerts are; says so where the sound is off. Call it from a touch. */
export function playTone(tone: Tone, severity: Severity): void {
  if (sound.on) sound.play({ tone, severity });
  else notices.say(m.rule_sound_off(), 'warn');
}
