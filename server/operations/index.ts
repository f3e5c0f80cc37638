export { backup, type BackupOptions, type BackupResult } from './backup.ts';
export { OperationError, runCommand, UsageError } from './command.ts';
export { newEpochs } from './epochs.ts';
export { megabytes } from './files.ts';
export { restore, type RestoreOptions, type RestoreResult } from './restore.ts';
