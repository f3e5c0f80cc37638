import type { AnalysisStop } from '../../../contract/cameras.ts';
import type { CameraState } from '../../../contract/views/cameras.ts';
import { m } from '../paraglide/messages.js';

/** Why a picture is not analysed, and what somebody is to do. Complete by type: a new reason does not compile unnamed. */
export const STOP_WORDS: Record<AnalysisStop, { title: () => string; todo: () => string }> = {
  not_set_up: { title: m.cam_stop_not_set_up, todo: m.cam_stop_not_set_up_todo },
  staff_unknown: { title: m.cam_stop_staff_unknown, todo: m.cam_stop_staff_unknown_todo },
  mask_missing: { title: m.cam_stop_mask_missing, todo: m.cam_stop_mask_missing_todo },
  moved: { title: m.cam_stop_moved, todo: m.cam_stop_moved_todo },
  learning: { title: m.cam_stop_learning, todo: m.cam_stop_learning_todo },
  too_dark: { title: m.cam_stop_too_dark, todo: m.cam_stop_too_dark_todo },
  too_large: { title: m.cam_stop_too_large, todo: m.cam_stop_too_large_todo },
  model_failed: { title: m.cam_stop_model_failed, todo: m.cam_stop_model_failed_todo },
  off: { title: m.cam_stop_off, todo: m.cam_stop_off_todo },
};
/** What passes by itself. */
const PASSING: readonly (AnalysisStop | null)[] = ['learning'];
/** What is mended in the camera's set-up. */
const IN_SETUP: readonly AnalysisStop[] = ['not_set_up', 'staff_unknown', 'mask_missing', 'moved', 'off'];

export interface AnalysisWords { title: string; todo: string; tone: 'good' | 'warn' | 'bad' | 'quiet'; inSetup: boolean }

/** Whether a camera's picture is analysed, in words, with what to do when it is not. */
export function analysisWords({ analysis, setup, connected }: Pick<CameraState, 'analysis' | 'setup' | 'connected'>): AnalysisWords {
  const stop = (reason: AnalysisStop): AnalysisWords => ({ title: STOP_WORDS[reason].title(), todo: STOP_WORDS[reason].todo(), tone: PASSING.includes(reason) ? 'warn' : 'bad', inSetup: IN_SETUP.includes(reason) });
  if (setup === 0) return stop('not_set_up');
  if (!connected) return { title: m.cam_analysis_away(), todo: m.cam_analysis_away_todo(), tone: 'quiet', inSetup: false };
  if (!analysis) return { title: m.cam_analysis_waits(), todo: m.cam_analysis_waits_todo(), tone: 'warn', inSetup: false };
  if (analysis.running) return { title: m.cam_analysis_on(), todo: '', tone: 'good', inSetup: false };
  return analysis.reason === null ? { title: m.cam_analysis_waits(), todo: m.cam_analysis_waits_todo(), tone: 'warn', inSetup: false } : stop(analysis.reason);
}
