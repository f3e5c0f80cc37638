import { defineKind, isFresh, NOTHING, type Wish } from './kind.ts';

const KNOWN_MOST = 20;

/** Episodes of one camera that were raised already: what a person ended does not come back when it gets worse. */
export interface EpisodeState { raised: string[] }

/** An unhappy visitor in view of a camera. Over when the visitor is, unless somebody has it in hand. */
export const emotionEpisode = defineKind<'emotion.episode', EpisodeState>({
  types: ['emotion.episode', 'camera.disconnected'], by: 'place',
  isPrompt: (event) => event.type === 'emotion.episode',
  key: (event) => (event.type === 'emotion.episode' || event.type === 'camera.disconnected' ? event.body.camera : null),
  step(state, event, now, scene) {
    // A node that dies ends nothing: whoever was in view is in nobody's view any more.
    if (event.type === 'camera.disconnected') return { state, wishes: (state?.raised ?? []).filter((part) => scene.isLive(part)).map((part) => ({ do: 'clear', part, source: event.id, taken: false })) };
    if (event.type !== 'emotion.episode') return { state, wishes: NOTHING };
    const { episode, camera, state: stage, since, mood, faces } = event.body;
    const live = scene.isLive(episode);
    if (stage === 'ended') return { state, wishes: live ? [{ do: 'clear', part: episode, source: event.id, taken: false }] : NOTHING };
    const known = state?.raised.includes(episode) ?? false;
    if (!isFresh(event.at, now) || (stage === 'opened' && scene.params.from === 'escalated') || (known && !live)) return { state, wishes: NOTHING };
    const wish: Wish = {
      do: 'raise', part: episode, source: event.id, at: since, touchpoint: event.touchpoint, device: camera, facts: { mood, faces },
      ...(live && stage === 'escalated' ? { severity: 'urgent' as const } : {}),
    };
    return { state: known ? state : { raised: [...state?.raised ?? [], episode].slice(-KNOWN_MOST) }, wishes: [wish] };
  },
});
