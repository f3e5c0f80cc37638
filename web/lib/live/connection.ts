import { LiveClient } from './client.ts';
import type { LiveEnvironment } from './environment.ts';

/** A page in the background gets no animation frames, yet a new alert must sound there. */
const BACKGROUND_FRAME_MS = 250;

function nextFrame(run: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, BACKGROUND_FRAME_MS);
}

const browser: LiveEnvironment = {
  connect(events) {
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
    socket.onopen = () => events.opened();
    socket.onmessage = ({ data }) => {
      if (typeof data === 'string') events.received(data);
    };
    socket.onclose = ({ code }) => events.closed(code);
    return {
      send: (text) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(text);
      },
      close: () => socket.close(),
    };
  },
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  frame: nextFrame,
  random: () => Math.random(),
};

/** The page's one connection to the hub. Pages never touch the socket: they read stores from `live.svelte.ts`. */
export const connection = new LiveClient(browser);

addEventListener('online', hurryIfWaiting);
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') hurryIfWaiting();
});

/** A connection that ended for good (signed out, revoked) is not hurried by looking at the page. */
function hurryIfWaiting(): void {
  if (connection.link.state !== 'ended') connection.hurry();
}
