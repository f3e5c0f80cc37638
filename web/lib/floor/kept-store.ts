import { openDB, type IDBPDatabase } from 'idb';
import type { KeptFloor } from './kept.ts';

const STORE = 'floors';
let database: Promise<IDBPDatabase> | undefined;

function open(): Promise<IDBPDatabase> {
  database ??= openDB('otklik-console', 1, { upgrade: (db) => void db.createObjectStore(STORE) });
  return database;
}

/** Keeps a site's floor on this device. Loses it silently where the browser keeps nothing (private windows). */
export async function keepFloor(site: string, kept: KeptFloor): Promise<void> {
  try {
    await (await open()).put(STORE, kept, site);
  } catch (error) {
    console.warn('the floor is not kept on this device', error);
  }
}

/** What was kept of a site, unchecked; undefined when there is nothing. */
export async function keptFloor(site: string): Promise<unknown> {
  try {
    return await (await open()).get(STORE, site);
  } catch (error) {
    console.warn('nothing kept can be read on this device', error);
    return undefined;
  }
}

/** Forgets every floor: somebody signed out. */
export async function forgetFloors(): Promise<void> {
  try {
    await (await open()).clear(STORE);
  } catch (error) {
    console.warn('what was kept cannot be removed', error);
  }
}
