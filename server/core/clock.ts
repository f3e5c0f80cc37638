/** Epoch ms. Injected wherever time decides something, so that tests can set it. */
export type Clock = () => number;
export const systemClock: Clock = () => Date.now();
