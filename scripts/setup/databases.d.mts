export function ensureDatabases(): Promise<string>;
export function locateDatabases(): Promise<{ postgres: { bin: string; version: string }; redis: { server: string; version: string } }>;
