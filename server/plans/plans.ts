import type { FloorPlan, Site } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import { actorOf, type Principal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { invalid, notFound } from '../core/http/index.ts';
import { eq } from '../core/store/drizzle.ts';
import type { Db, Store, Transaction } from '../core/store/store.ts';
import { isImage, namedType, PLAN_SIDE, redraw, typeOf, unusable, type Files } from '../files/index.ts';
import type { Sites } from '../sites/index.ts';
import { drawingFlaw, presentIn, tidy, type Drawing } from './rules.ts';
import { plansTable } from './tables.ts';

export interface PlansDeps { store: Store; clock: Clock; audit: Audit; sites: Pick<Sites, 'get' | 'getIn' | 'siteChanged'>; files: Files }
export type Plans = ReturnType<typeof createPlans>;

const PICTURE_WANTED = 'Save the plan as PNG, JPEG or WebP of at most 10 MiB and send it again.';

/** Floor plans of sites. */
export function createPlans({ store, clock, audit, sites, files }: PlansDeps) {
  const plans = store.use(plansTable);
  const rowOf = async (db: Db, site: string) => (await db.select().from(plans).where(eq(plans.site, site)))[0];
  type Row = NonNullable<Awaited<ReturnType<typeof rowOf>>>;
  const blank = (site: string): Row => ({ site, file: null, width: null, height: null, zones: '{}', touchpoints: '{}', updatedAt: 0 });

  function planOf(row: Row | undefined, site: Site): FloorPlan {
    const { file, width, height, zones, touchpoints, updatedAt } = row ?? blank(site.id);
    const drawing = { zones: JSON.parse(zones), touchpoints: JSON.parse(touchpoints) } as Drawing;
    return { picture: file === null ? null : { file, width: width!, height: height! }, ...presentIn(drawing, site), updatedAt: row ? updatedAt : null };
  }

  /** Changes a site's row and tells every console, which asks for the plan again. */
  async function change(site: string, by: Principal, action: string, work: (tx: Transaction, known: Site, row: Row) => Promise<{ set: Partial<Row>; detail: Record<string, unknown> }>): Promise<{ plan: FloorPlan; before: Row }> {
    const result = await store.transaction(async (tx) => {
      const known = await sites.getIn(tx.db, site);
      if (!known) throw notFound('site');
      const before = await rowOf(tx.db, site) ?? blank(site);
      const { set, detail } = await work(tx, known, before);
      const row = { ...before, ...set, updatedAt: clock() };
      const { site: _site, ...values } = row;
      await tx.db.insert(plans).values(row).onConflictDoUpdate({ target: plans.site, set: values });
      await audit.record(tx, by, action, `site:${site}`, detail);
      return { plan: planOf(row, known), before };
    });
    sites.siteChanged(site);
    return result;
  }

  async function dropPicture(site: string, file: string | null, kept: string | null): Promise<void> {
    if (file !== null && file !== kept) await files.remove(site, file);
  }

  return {
    /** @throws ApiError `not_found` */
    async get(site: string): Promise<FloorPlan> {
      const known = await sites.get(site);
      if (!known) throw notFound('site');
      return planOf(await store.read((db) => rowOf(db, site)), known);
    },

    /** Replaces where zones and touchpoints are. @throws ApiError `not_found`, `invalid` for places that the site does not have */
    async draw(by: Principal, site: string, drawing: Drawing): Promise<FloorPlan> {
      const { plan } = await change(site, by, 'plan.drawn', async (_tx, known) => {
        const flaw = drawingFlaw(drawing, known);
        if (flaw) throw invalid(flaw.path, flaw.message);
        const { zones, touchpoints } = tidy(drawing);
        return { set: { zones: JSON.stringify(zones), touchpoints: JSON.stringify(touchpoints) }, detail: { zones: Object.keys(zones).length, touchpoints: Object.keys(touchpoints).length } };
      });
      return plan;
    },

    /** Puts another picture below the drawing; `named` is what its sender called it. @throws ApiError `not_found`, `file_unusable` */
    async putPicture(by: Principal, site: string, body: unknown, named: string | undefined): Promise<FloorPlan> {
      if (!await sites.get(site)) throw notFound('site');
      const { bytes, type, width, height } = await redraw(...pictureIn(body, named), 'image/webp', PLAN_SIDE);
      const file = await files.put(site, bytes, type, 'plan', actorOf(by));
      const changed = await change(site, by, 'plan.picture', async () => ({ set: { file, width, height }, detail: { width, height, bytes: bytes.length } }));
      await dropPicture(site, changed.before.file, file);
      return changed.plan;
    },

    async deletePicture(by: Principal, site: string): Promise<void> {
      const { before } = await change(site, by, 'plan.picture_removed', async () => ({ set: { file: null, width: null, height: null }, detail: {} }));
      await dropPicture(site, before.file, null);
    },
  };
}

/** @throws ApiError `file_unusable` for what is no picture */
function pictureIn(body: unknown, named: string | undefined): [Buffer, 'image/jpeg' | 'image/png' | 'image/webp'] {
  if (!Buffer.isBuffer(body) || body.length === 0) throw unusable(`There is no picture in the request. ${PICTURE_WANTED}`);
  if (/svg/i.test(named ?? '') || /^\s*(<\?xml[^>]*>\s*)?(<!--[^]*?-->\s*)*(<!DOCTYPE[^>]*>\s*)?<svg/i.test(body.toString('latin1', 0, 2048))) throw unusable(`SVG is not taken, since it can hold programs and ask other computers. ${PICTURE_WANTED}`);
  const type = typeOf(body);
  if (type === undefined || !isImage(type) || namedType(named) !== type) throw unusable(`This is no picture that can be a plan. ${PICTURE_WANTED}`);
  return [body, type];
}
