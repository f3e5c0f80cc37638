import { hubEvent } from '../core/log/event.ts';
import type { Store } from '../core/store/store.ts';
import { stateAlert, type AlertsRepository } from '../alerts/index.ts';
import type { DutyService } from '../duty/index.ts';
import type { Sites } from '../sites/index.ts';
import type { NoticePorts } from './ports.ts';

export interface WireDeps { store: Store; alerts: AlertsRepository; sites: Pick<Sites, 'getIn'>; duty: Pick<DutyService, 'recipients'>; deviceName(id: string): Promise<string | null> }

/** What notices need of alerts, places, devices and duty, from those themselves. */
export function noticePorts({ store, alerts, sites, duty, deviceName }: WireDeps): NoticePorts {
  return {
    alert: alerts.find,
    alertNotice: alerts.noticeOf,
    settingsOf: alerts.settingsOf,
    site: sites.getIn,
    deviceName: (_db, id) => deviceName(id),
    recipients: (db, site, at, now) => duty.recipients(db, site, at, now),
    stateNoticed: ({ id, site, touchpoint }, channel, now) => store.transaction(async (tx) => {
      const known = await alerts.noticeOf(tx.db, id);
      if (!known || known.noticed) return;
      await stateAlert(tx, alerts, hubEvent(site, 'alert.noticed', now, { alert: id, channel }, { touchpoint, key: `alert.noticed ${id}` }));
    }, `alert ${id}`),
  };
}
