/** Pages of devices: kiosks, cameras and walls. They start without the hub and never lead to the console. */
export function isAppPage(path: string): boolean {
  return /^\/(kiosk|camera|wall)(\/[^/]*)?\/?$/.test(path);
}

/**
 * Pages of the console, which start without the hub so that the last floor can be read and acted upon. Only where the
 * hub does not answer: what it serves always comes first, and the page renews itself when it started from what was kept.
 * Signing in needs the hub, and so does everything that is no page.
 */
export function isConsolePage(path: string): boolean {
  return /^\/([a-z][a-z-]*\/?)?$/.test(path) && !/^\/(api|ws|signin|setup|kiosk|camera|wall|docs|metrics|healthz|readyz)\/?$/.test(path);
}

/** Whether the file at this path is kept with the program. Never what the hub computes, nor the program's version. */
export function cachedPath(path: string, assets: readonly string[]): boolean {
  if (/^\/(api|ws|socket\.io)(\/|$)/.test(path) || path === '/_app/version.json') return false;
  return assets.includes(path);
}
