// What lies over every page of the console. Loaded after the page, which it only speaks about.
export { default as Calling } from './Calling.svelte';
export { refusalText } from './conflict.ts';
export { default as Renewal } from './Renewal.svelte';
