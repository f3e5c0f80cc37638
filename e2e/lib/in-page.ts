// What tests run inside a page or its service worker, as text: the tests themselves know no browser's names.

/** Violations that axe finds; axe itself must have been run before. */
export const RUN_AXE = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`;

/** Whether what has the keyboard matches a selector. */
export const hasKeyboard = (selector: string): string => `document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`;

/** Resolves to the scope of the page's service worker once that works. */
export const WORKER_SCOPE = 'navigator.serviceWorker.ready.then(({ scope }) => scope)';

/** How many alerts the device keeps of the first floor that it keeps. */
export const KEPT_ALERTS = `new Promise((resolve) => {
  const open = indexedDB.open('otklik-console');
  open.onsuccess = () => {
    const database = open.result;
    if (!database.objectStoreNames.contains('floors')) { database.close(); return resolve(0); }
    const read = database.transaction('floors').objectStore('floors').getAll();
    read.onsuccess = () => { database.close(); resolve(read.result[0]?.state.alerts.length ?? 0); };
  };
})`;

/** Notices on the screen, in a service worker. */
export const SHOWN_NOTICES = 'registration.getNotifications().then((all) => all.map(({ title, body }) => `${title}: ${body}`))';

/** Taps a button of the first notice, in a service worker. */
export const tapNotice = (action: string): string => `registration.getNotifications().then(([notification]) => {
  if (notification) dispatchEvent(new NotificationEvent('notificationclick', { notification, action: ${JSON.stringify(action)} }));
})`;

/** Scrolls an element to and fro for so long, a step in each frame. Resolves to the milliseconds between frames. */
export const scrollFor = (selector: string, ms: number): string => `new Promise((resolve) => {
  const list = document.querySelector(${JSON.stringify(selector)});
  const frames = [];
  const begin = performance.now();
  let last = begin;
  let step = 24;
  const frame = (now) => {
    frames.push(now - last);
    last = now;
    if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) step = -24;
    else if (list.scrollTop <= 0) step = 24;
    list.scrollTop += step;
    if (now - begin < ${ms}) requestAnimationFrame(frame);
    else resolve(frames.slice(1));
  };
  requestAnimationFrame(frame);
})`;
