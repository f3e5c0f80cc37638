import { Type, type TSchema } from 'typebox';
import { Attention, DayHours, Id, Journey, MoodNow, Portrait, PORTRAIT_BY, Range, REPORT_MOST_DAYS, Together, type PortraitBy, type Site } from '../../contract/index.ts';
import type { Auth } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { invalid, notFound, type HttpApp } from '../core/http/index.ts';
import type { Store } from '../core/store/store.ts';
import type { EmotionsSources } from './emotions.ts';
import { attentionCsv, dayHoursCsv, journeyCsv, nowCsv, portraitCsv, togetherCsv } from './csv.ts';
import { readMaterial, type Material } from './material.ts';
import { moodNowOf, NOW_MS } from './now.ts';
import { portraitOf } from './portrait.ts';
import { attentionOf, byHour, dayHoursOf, journeyOf, visitorBlocks } from './reports.ts';
import { QUANTUM, valueOf } from './sums.ts';
import { dutyByHour, insideByHour, togetherOf, type Hourly } from './together.ts';

export interface EmotionsRoutesDeps extends EmotionsSources { store: Store; auth: Auth; clock: Clock }

const HOUR = 3600_000;
const DAY = 24 * HOUR;
/** Days before a period that say what is usual. */
const USUAL_DAYS = 28;
/** How far back the last blocks of places may have begun, with room for one that is not over. */
const NOW_BACK_MS = 2 * HOUR;
const Params = Type.Object({ site: Id });
const Format = Type.Optional(Type.Enum(['json', 'csv']));
const RangeQuery = Type.Object({ ...Range, format: Format }, { additionalProperties: false });
const PortraitRangeQuery = Type.Object({ ...Range, by: Type.Optional(Type.Enum([...PORTRAIT_BY])), format: Format }, { additionalProperties: false });
const NowQuery = Type.Object({ format: Format }, { additionalProperties: false });

interface Period { from: number; to: number }
interface Asked { site: Site; period: Period; query: Record<string, unknown> }

/** The emotional portrait and what else is said of how visitors feel. */
export function emotionsRoutes(app: HttpApp, deps: EmotionsRoutesDeps): void {
  const { store, repository, clock } = deps;
  const read = (site: string, { from, to }: Period): Promise<Material> => readMaterial(store, repository, site, from, to, clock());

  async function together({ site, period }: Asked): Promise<Together> {
    const from = Math.floor(period.from / HOUR) * HOUR - USUAL_DAYS * DAY;
    const to = Math.min(period.to, clock());
    const blocks = visitorBlocks(await read(site.id, { from, to }));
    const mood = new Map([...byHour(blocks)].map(([hour, sums]) => [hour, valueOf(sums, 'peopleMood') / valueOf(sums, 'people') / QUANTUM]));
    const counted = await deps.counted(site.id, from, to);
    const spans = await store.read((db) => repository.dutySpans(db, site.id, from, to));
    const column = (of: 'in' | 'receipts'): Hourly => new Map([...counted].map(([hour, counts]) => [hour, counts[of]]));
    return togetherOf(mood, {
      ratings: await deps.ratings(site.id, from, to), inside: insideByHour(counted, site.timezone), came: column('in'), onDuty: dutyByHour(spans, from, to), receipts: column('receipts'),
    }, site.id, period, site.timezone);
  }
  const now = async ({ site }: { site: Site }): Promise<MoodNow> => {
    const at = clock();
    const groups = await store.read((db) => repository.summedAfter(db, site.id, at - NOW_MS, at));
    return moodNowOf(await read(site.id, { from: at - NOW_BACK_MS, to: at }), groups, site.id, at);
  };

  function report<T>(name: string, permission: 'reports.read' | 'cameras.read', schema: TSchema, query: TSchema, summary: string, make: (asked: Asked) => Promise<T>, csv: (made: T) => string): void {
    for (const ending of ['', '.csv'] as const) app.get(`/api/v1/sites/:site/emotions/${name}${ending}`, {
      onRequest: deps.auth.requirePermission(permission, (request) => (request.params as { site: string }).site),
      schema: {
        tags: ['emotions'], summary, security: [{ session: [] }], params: Params, querystring: query,
        description: `Of people and not of frames, with 95 % intervals; see docs/emotions.md. ${ending === '' ? '`format=csv`' : 'One table'}: RFC 4180, UTF-8. Below site level nothing is told of fewer than 5 people or 15 minutes. Periods are epoch ms, at most ${REPORT_MOST_DAYS} days, rounded outwards to quarters of an hour; a quarter that is not over is left out.`,
        response: { 200: { content: { 'application/json': { schema }, 'text/csv': { schema: Type.String() } } } },
      },
    }, async (request, reply) => {
      const asked = request.query as Record<string, unknown> & Partial<Period>;
      const period = { from: asked.from ?? 0, to: asked.to ?? 0 };
      if (asked.from !== undefined) mustBePeriod(period);
      const { site: id } = request.params as { site: string };
      const site = await deps.site(id);
      if (!site) throw notFound('site');
      const made = await make({ site, period, query: asked });
      if (ending === '' && asked['format'] !== 'csv') return made;
      const days = asked.from === undefined ? [clock()] : [period.from, period.to];
      const file = `${name}_${id}_${days.map((at) => new Date(at).toISOString().slice(0, 10)).join('_')}.csv`;
      return reply.type('text/csv; charset=utf-8').header('content-disposition', `attachment; filename="${file}"`).send(csv(made));
    });
  }

  report('portrait', 'reports.read', Portrait, PortraitRangeQuery, 'The emotional portrait ME-1', async ({ site, period, query }) =>
    portraitOf(await read(site.id, period), site.id, period, (query['by'] as PortraitBy | undefined) ?? 'camera', await deps.demographics(site.id)), portraitCsv);
  report('journey', 'reports.read', Journey, RangeQuery, 'Do they leave happier than they came', async ({ site, period }) => journeyOf(await read(site.id, period), site.id, period), journeyCsv);
  report('attention', 'reports.read', Attention, RangeQuery, 'What draws attention', async ({ site, period }) => attentionOf(await read(site.id, period), site.id, period), attentionCsv);
  report('together', 'reports.read', Together, RangeQuery, 'Does mood move with other measures', together, togetherCsv);
  report('day-hours', 'reports.read', DayHours, RangeQuery, 'When in the day it is worst', async ({ site, period }) => dayHoursOf(await read(site.id, period), site.id, period, site.timezone), dayHoursCsv);
  report('now', 'cameras.read', MoodNow, NowQuery, 'How visitors feel now', now, nowCsv);
}

/** @throws ApiError */
function mustBePeriod({ from, to }: Period): void {
  if (to <= from) throw invalid('/to', 'must be after from');
  // A period in days of the site's clock is an hour longer where clocks go back.
  if (to - from > REPORT_MOST_DAYS * DAY + HOUR) throw invalid('/to', `a report covers at most ${REPORT_MOST_DAYS} days: choose a shorter period`);
}
