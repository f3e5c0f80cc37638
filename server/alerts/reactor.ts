import type { Clock } from '../core/clock.ts';
import { hubEvent, LogEvent } from '../core/log/event.ts';
import type { Reactor } from '../core/log/reactor.ts';
import type { NewEvent, Transaction } from '../core/store/store.ts';
import type { AlertEvent } from '../../contract/index.ts';
import type { AlertsRepository } from './repository.ts';
import { alertFor } from './rules.ts';

/** Appends an alert event and writes its row, in one transaction. False when the event was in the log already. */
export async function stateAlert(tx: Transaction, repository: AlertsRepository, event: NewEvent): Promise<boolean> {
  const [offset] = await tx.append([event]);
  if (!offset) return false;
  await repository.apply(tx.db, new LogEvent(event, offset, event.at).event as AlertEvent);
  return true;
}

/** Opens an alert for every rating that calls for one. */
export function alertsReactor(repository: AlertsRepository, clock: Clock): Reactor {
  return {
    name: 'alerts',
    types: new Set(['feedback.rated']),
    wants: (event) => alertFor(event, clock()) !== undefined,
    async react(events, tx, site) {
      for (const event of events) {
        const body = alertFor(event, clock());
        if (body) await stateAlert(tx, repository, hubEvent(site, 'alert.opened', clock(), body, { touchpoint: event.touchpoint, key: `alert.opened ${event.device} ${event.id}` }));
      }
    },
  };
}
