import type { Alert, AlertSettings, Locale, Site } from '../../contract/index.ts';
import type { Db } from '../core/store/store.ts';

export interface Recipient { user: string; name: string; email: string; locale: Locale }

/** What notices need of other slices. `db` is a read connection or a transaction's. */
export interface NoticePorts {
  alert(db: Db, id: string): Promise<Alert | undefined>;
  /** Whom the alert's rule names, and whether it was opened in quiet hours. */
  alertNotice(db: Db, id: string): Promise<{ tell: string[] | null; quiet: boolean; noticed: boolean } | undefined>;
  settingsOf(db: Db, site: string): Promise<Pick<AlertSettings, 'quiet' | 'hourlyCap'>>;
  site(db: Db, id: string): Promise<Site | undefined>;
  deviceName(db: Db, id: string): Promise<string | null>;
  /** Who is to be told at this step, in order. */
  recipients(db: Db, site: string, at: { zone: string | null; step: 0 | 1 | 2; tell: readonly string[] | null }, now: number): Promise<Recipient[]>;
  /** States that the first notice of an alert went out; does nothing when that was stated before. @throws StoreUnavailable */
  stateNoticed(alert: Pick<Alert, 'id' | 'site' | 'touchpoint'>, channel: string, now: number): Promise<void>;
}
