import type { AlertKind } from '../../../contract/index.ts';
import { emotionEpisode } from './emotion-episode.ts';
import { emotionMood } from './emotion-mood.ts';
import { cameraFrozen, cameraStopped, deviceBattery, deviceSilent, dutyUnreachable } from './equipment.ts';
import { feedbackNegative } from './feedback-negative.ts';
import { feedbackPraise } from './feedback-praise.ts';
import { feedbackRate } from './feedback-rate.ts';
import { feedbackRun } from './feedback-run.ts';
import type { AnyKind } from './kind.ts';
import { salesConversion, staffConsultations } from './share-of-visitors.ts';
import { staffIdle } from './staff-idle.ts';
import { trafficCrowd } from './traffic-crowd.ts';

/** Every kind of alert and how it is decided. */
export const KINDS: Record<AlertKind, AnyKind> = {
  'feedback.negative': feedbackNegative, 'feedback.rate': feedbackRate, 'feedback.run': feedbackRun, 'feedback.praise': feedbackPraise,
  'emotion.episode': emotionEpisode, 'emotion.mood': emotionMood, 'traffic.crowd': trafficCrowd, 'sales.conversion': salesConversion,
  'staff.consultations': staffConsultations, 'staff.idle': staffIdle, 'device.silent': deviceSilent, 'device.battery': deviceBattery,
  'camera.frozen': cameraFrozen, 'camera.stopped': cameraStopped, 'duty.unreachable': dutyUnreachable,
};
