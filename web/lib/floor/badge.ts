/** The page's title with the number of those who wait before it; an older number is taken away. */
export const badgedTitle = (title: string, waiting: number): string => (waiting > 0 ? `(${waiting}) ` : '') + title.replace(/^\(\d+\) /, '');

/** Shows how many wait on the installed app's icon, where the system does that. */
export function badgeApp(waiting: number): void {
  if (!('setAppBadge' in navigator)) return;
  const done = waiting > 0 ? navigator.setAppBadge(waiting) : navigator.clearAppBadge();
  done.catch((error: unknown) => console.info('the icon shows no number', error));
}
