import { makePush } from './make-push.ts';
import { browserPush } from './push-environment.ts';

export type { PushState } from './make-push.ts';
export { PushRefused } from './make-push.ts';

/** Notices of this browser, for the person who is signed in. Import it lazily: no page needs it to start. */
export const { pushState, enablePush, disablePush, thisDevice } = makePush(browserPush());
