import { LOUDEST_PER_DAY } from '../../../contract/alert-words.ts';
import type { AlertSettings, NewRule, Rule, RulePreview } from '../../../contract/alerts.ts';
import type { SitePeople } from '../../../contract/duty.ts';
import type { ResponseReport } from '../../../contract/reports.ts';
import { ApiError, get, post, put, remove, request } from '../api.ts';
import { m } from '../paraglide/messages.js';
import { problemText } from '../problem-text.ts';

/** Four weeks of a busy site are many events. */
const PREVIEW_TIMEOUT_MS = 30_000;
const DAY_MS = 86_400_000;
/** What rules look back on, here and in the hub. */
export const HISTORY_DAYS = 28;

const rulesOf = (site: string) => `/sites/${site}/rules`;
export const listRules = async (site: string): Promise<Rule[]> => (await get<{ rules: Rule[] }>(rulesOf(site))).rules;
export const createRule = (site: string, rule: NewRule): Promise<Rule> => post(rulesOf(site), rule);
export const replaceRule = (site: string, id: string, rule: NewRule): Promise<Rule> => put(`${rulesOf(site)}/${id}`, rule);
export const removeRule = (site: string, id: string): Promise<void> => remove(`${rulesOf(site)}/${id}`);
export const previewRule = (site: string, rule: NewRule, signal: AbortSignal): Promise<RulePreview> => request('POST', `${rulesOf(site)}/preview`, { body: rule, signal: AbortSignal.any([signal, AbortSignal.timeout(PREVIEW_TIMEOUT_MS)]) });

export const readSettings = (site: string): Promise<AlertSettings> => get(`/sites/${site}/alert-settings`);
export const saveSettings = (site: string, settings: AlertSettings): Promise<AlertSettings> => put(`/sites/${site}/alert-settings`, settings);
export const listPeople = async (site: string): Promise<SitePeople['people']> => (await get<SitePeople>(`/sites/${site}/people`)).people;

export type RuleNoise = ResponseReport['rules'][number];
/** How often each rule was said to be false in the last 28 days. */
export async function ruleNoise(site: string, now: number): Promise<RuleNoise[]> {
  const { rules } = await get<ResponseReport>(`/sites/${site}/reports/response?from=${now - HISTORY_DAYS * DAY_MS}&to=${now}`);
  return rules;
}

/** What went wrong with a rule, and what to do. */
export function ruleProblem(error: unknown): string {
  if (!(error instanceof ApiError)) return problemText(error);
  if (error.code === 'rule_too_loud') return m.problem_rule_too_loud({ limit: LOUDEST_PER_DAY });
  if (error.code === 'rule_built_in') return m.problem_rule_built_in();
  if (error.code === 'invalid' && error.fields.some(({ path }) => /place|tell/.test(path))) return m.problem_rule_place();
  return problemText(error);
}
