import Database from 'better-sqlite3';

/** Opens the hub's database file. Every connection gets its settings here and nowhere else. */
export function openDatabase(file: string, options: { readonly?: boolean } = {}): Database.Database {
  const database = new Database(file, { readonly: options.readonly ?? false });
  // First, so that the following statements wait for a lock instead of failing.
  database.pragma('busy_timeout = 5000');
  if (!options.readonly) {
    database.pragma('journal_mode = WAL');
    // Accepted means on disk: with WAL, FULL syncs the log at every commit.
    database.pragma('synchronous = FULL');
    database.pragma('wal_autocheckpoint = 4000');
  }
  database.pragma('foreign_keys = ON');
  database.pragma('cache_size = -16000');
  database.pragma('temp_store = MEMORY');
  return database;
}
