import type { AlertKind } from '../../../contract/index.ts';
import { feedbackNegative } from './feedback-negative.ts';
import type { AnyKind } from './kind.ts';

/** Every kind of alert and how it is decided. */
export const KINDS: Partial<Record<AlertKind, AnyKind>> = {
  'feedback.negative': feedbackNegative,
};
