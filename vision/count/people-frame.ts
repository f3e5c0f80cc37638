import type { PersonBox } from '../readings.ts';

/** What the counter needs of one frame: when it was captured (epoch ms), its size in pixels, and who is in it. */
export interface PeopleFrame { at: number; width: number; height: number; people: readonly PersonBox[] }
