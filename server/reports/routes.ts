import { Type } from 'typebox';
import { EpochMs, Id, REPORT_MOST_DAYS, ResponseReport } from '../../contract/index.ts';
import type { AlertsRepository, RuleStore } from '../alerts/index.ts';
import type { Auth } from '../core/auth/index.ts';
import { invalid, notFound, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { DutyService } from '../duty/index.ts';
import type { Sites } from '../sites/index.ts';
import { reportCsv } from './csv.ts';
import { REPEAT_MS, responseReport } from './rules.ts';

export interface ReportsDeps { store: Store; auth: Auth; sites: Sites; duty: DutyService; alerts: AlertsRepository; rules: RuleStore }

/** More than a site may raise in the longest period; above it the answer would hold up everybody else. */
const ALERTS_MOST = 50_000;
const DAY_MS = 24 * 3600_000;
const Query = Type.Object({ from: EpochMs, to: EpochMs, format: Type.Optional(Type.Enum(['json', 'csv'])) }, { additionalProperties: false });

/** @throws ApiError */
async function makeReport({ store, sites, duty, alerts, rules }: ReportsDeps, site: string, from: number, to: number): Promise<ResponseReport> {
  if (to <= from) throw invalid('/to', 'must be after from');
  // A period in days of the site's clock is an hour longer where clocks go back.
  if (to - from > REPORT_MOST_DAYS * DAY_MS + 3600_000) throw invalid('/to', `a report covers at most ${REPORT_MOST_DAYS} days: choose a shorter period`);
  const known = await sites.get(site);
  if (!known) throw notFound('site');
  const rows = await alerts.between(site, from, to + REPEAT_MS, ALERTS_MOST + 1);
  if (rows.length > ALERTS_MOST) throw invalid('/to', `there are more than ${ALERTS_MOST} alerts in this period: choose a shorter one`);
  const named = await store.read((db) => rules.rulesOf(db, site));
  return responseReport(rows, {
    timezone: known.timezone, shifts: await duty.shifts.ofSite(site), zones: new Map(known.zones.map(({ id, name }) => [id, name])), rules: new Map(named.map(({ id, name }) => [id, name])),
  }, { from, to });
}

/** Reports of a site. */
export function reportsRoutes(app: HttpApp, deps: ReportsDeps): void {
  app.get('/api/v1/sites/:site/reports/response', {
    onRequest: deps.auth.requirePermission('reports.read', (request) => (request.params as { site: string }).site),
    schema: {
      tags: ['reports'], summary: 'How fast the team was', description: `Of the alerts raised from \`from\` until before \`to\` (epoch ms, at most ${REPORT_MOST_DAYS} days). \`format=csv\`: one table, RFC 4180, UTF-8.`, security: [{ session: [] }],
      params: Type.Object({ site: Id }), querystring: Query,
      response: { 200: { content: { 'application/json': { schema: ResponseReport }, 'text/csv': { schema: Type.String() } } } },
    },
  }, async (request, reply) => {
    const { from, to, format } = request.query as { from: number; to: number; format?: string };
    const report = await makeReport(deps, (request.params as { site: string }).site, from, to);
    if (format !== 'csv') return report;
    const days = [from, to].map((at) => new Date(at).toISOString().slice(0, 10)).join('_');
    return reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="response_${(request.params as { site: string }).site}_${days}.csv"`).send(reportCsv(report));
  });
}
