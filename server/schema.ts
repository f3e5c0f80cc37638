import * as alerts from './alerts/tables.ts';
import * as audit from './audit/tables.ts';
import * as auth from './core/auth/tables.ts';
import * as cameras from './cameras/tables.ts';
import * as http from './core/http/tables.ts';
import * as log from './core/log/tables.ts';
import * as devices from './devices/tables.ts';
import * as duty from './duty/tables.ts';
import * as emotions from './emotions/tables.ts';
import * as files from './files/tables.ts';
import * as media from './media/tables.ts';
import * as metrics from './metrics/tables.ts';
import * as notifications from './notifications/tables.ts';
import * as plans from './plans/tables.ts';
import * as sites from './sites/tables.ts';
import * as traffic from './traffic/tables.ts';
import * as walls from './walls/tables.ts';

/** Every portable table of the hub, in one place for the migration generator and for checks of drift. */
export const TABLES = { ...log, ...auth, ...http, ...audit, ...sites, ...devices, ...walls, ...alerts, ...media, ...metrics, ...emotions, ...duty, ...notifications, ...files, ...plans, ...cameras, ...traffic };
