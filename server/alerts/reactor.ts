import type { Clock } from '../core/clock.ts';
import { hubEvent } from '../core/log/event.ts';
import type { Reactor } from '../core/log/reactor.ts';
import { stateAlert, type AlertsRepository } from './repository.ts';
import { alertFor } from './rules.ts';

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
