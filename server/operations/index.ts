export { backup, type BackupOptions, type BackupResult } from './backup.ts';
export { OperationError, runCommand, UsageError } from './command.ts';
export { newEpochs } from './epochs.ts';
export { megabytes } from './files.ts';
export { migrateDatabase, migrateFile } from './migrate.ts';
export { compare, move, type MovedTable, type MoveOptions } from './move.ts';
export { restore, type RestoreOptions, type RestoreResult } from './restore.ts';
export { shapesOf } from './shapes.ts';
