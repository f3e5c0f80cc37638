// What stands around the inbox. Loaded after it, so that whoever waits is on the screen first.
export { default as Charts } from './Charts.svelte';
export { default as DutyStrip } from './DutyStrip.svelte';
export { default as Feed } from './Feed.svelte';
export { default as OfflineStrip } from './OfflineStrip.svelte';
export { default as Today } from './Today.svelte';
