import { CAUSES, type AlertSettings } from '../../contract/index.ts';
import type { Audit } from '../audit/index.ts';
import type { PersonPrincipal } from '../core/auth/index.ts';
import type { Clock } from '../core/clock.ts';
import { invalid } from '../core/http/index.ts';
import { eq } from '../core/store/drizzle.ts';
import type { Db, Store } from '../core/store/store.ts';
import { alertSettingsTable } from './tables.ts';

/** What holds at a site until somebody changes it. */
export const DEFAULT_SETTINGS: AlertSettings = {
  causes: CAUSES.map((id) => ({ id, name: null })), quiet: null, hourlyCap: 20, groupS: 300, expireS: 14_400,
};

/** Reads the settings of a site's alerts, the defaults where nobody changed them. */
export function settingsReader(store: Store): (db: Db, site: string) => Promise<AlertSettings> {
  const settings = store.use(alertSettingsTable);
  return async (db, site) => {
    const rows = await db.select({ body: settings.body }).from(settings).where(eq(settings.site, site)).limit(1);
    // Fields that came later have their defaults in settings from before.
    return { ...DEFAULT_SETTINGS, ...(rows[0] && JSON.parse(rows[0].body) as Partial<AlertSettings>) };
  };
}

/** What the schema cannot say. @throws ApiError `invalid` */
export function checkSettings({ causes }: AlertSettings): void {
  const seen = new Set<string>();
  for (const [i, { id, name }] of causes.entries()) {
    if (seen.has(id)) throw invalid(`/causes/${i}/id`, 'is in the list already');
    seen.add(id);
    if (name === null && !(CAUSES as readonly string[]).includes(id)) throw invalid(`/causes/${i}/name`, 'is needed for a cause of your own');
  }
}

export interface AlertSettingsDeps { store: Store; clock: Clock; audit: Audit }

/** Writes the settings of a site's alerts and the journal's entry. @throws ApiError `invalid` */
export async function writeSettings({ store, clock, audit }: AlertSettingsDeps, by: PersonPrincipal, site: string, wanted: AlertSettings): Promise<AlertSettings> {
  checkSettings(wanted);
  const settings = store.use(alertSettingsTable);
  await store.transaction(async (tx) => {
    const row = { site, body: JSON.stringify(wanted), updatedAt: clock() };
    await tx.db.insert(settings).values(row).onConflictDoUpdate({ target: settings.site, set: row });
    await audit.record(tx, by, 'alerts.settings', `site:${site}`, { ...wanted });
  });
  return wanted;
}
