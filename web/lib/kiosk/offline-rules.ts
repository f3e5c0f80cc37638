/** Pages that start without the hub. The console does not: it would show an old program next to live data. */
export function isAppPage(path: string): boolean {
  return /^\/(kiosk|camera|wall)(\/[^/]*)?\/?$/.test(path);
}

/** Whether the file at this path is kept with the program. Never what the hub computes, nor the program's version. */
export function cachedPath(path: string, assets: readonly string[]): boolean {
  if (/^\/(api|ws|socket\.io)(\/|$)/.test(path) || path === '/_app/version.json') return false;
  return assets.includes(path);
}
