import { AREA_ROLES, type AreaRole } from '../../../contract/cameras.ts';
import { m } from '../paraglide/messages.js';
import type { AdviceKind, Check } from './advice.ts';
import type { Flaw, Step } from './draft.ts';

/** The wizard's terms in plain words. The records are complete by type. */

export const STEP_WORDS: Record<Step, () => string> = { purpose: m.cam_step_purpose, areas: m.cam_step_areas, staff: m.cam_step_staff, line: m.cam_step_line, check: m.cam_step_check };
export const FLAW_WORDS: Record<Flaw, () => string> = {
  no_purpose: m.cam_flaw_no_purpose, no_work: m.cam_flaw_no_work, area_unnamed: m.cam_flaw_area_unnamed, area_small: m.cam_flaw_area_small, area_crossed: m.cam_flaw_crossed,
  staff_unsaid: m.cam_flaw_staff_unsaid, mask_missing: m.cam_flaw_mask_missing, mask_small: m.cam_flaw_area_small, mask_crossed: m.cam_flaw_crossed, line_missing: m.cam_flaw_line_missing, line_short: m.cam_flaw_line_short,
};
const ROLE_WORDS: Record<AreaRole, () => string> = { contact: m.cam_role_contact, entrance: m.cam_role_entrance, exit: m.cam_role_exit, display: m.cam_role_display };
export const roleWord = (role: AreaRole): string => ROLE_WORDS[role]();
export const roleOptions = (): [AreaRole, string][] => AREA_ROLES.map((role) => [role, roleWord(role)]);

export const CHECK_WORDS: Record<Check['what'], () => string> = { light: m.cam_check_light, sharpness: m.cam_check_sharpness, place: m.cam_check_place, face: m.cam_check_face };
const ADVICE_WORDS: Record<AdviceKind, (px: number) => string> = {
  dark: () => m.cam_advice_dark(), bright: () => m.cam_advice_bright(), flat: () => m.cam_advice_flat(), blurred: () => m.cam_advice_blurred(), moved: () => m.cam_advice_moved(),
  small: (px) => m.cam_advice_small({ px }), turned: () => m.cam_advice_turned(), cut: () => m.cam_advice_cut(), outside: () => m.cam_advice_outside(), no_faces: () => m.cam_advice_no_faces(),
};
const GOOD_WORDS: Record<Check['what'], (px: number) => string> = { light: () => m.cam_good_light(), sharpness: () => m.cam_good_sharpness(), place: () => m.cam_good_place(), face: (px) => m.cam_good_face({ px }) };

/** What a check says, with what to do; that it is not known yet, where it is not. */
export function checkWords({ what, value, advice }: Check): string {
  const px = Math.round(value ?? 0);
  if (advice !== null) return ADVICE_WORDS[advice](px);
  return value === null ? m.cam_check_waiting() : GOOD_WORDS[what](px);
}
