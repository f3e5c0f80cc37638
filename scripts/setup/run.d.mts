export function plainEnvironment(root: string, extra?: Record<string, string>): Record<string, string | undefined>;
export interface RunResult {
  code: number | null;
  tail: string[];
  stdout: string;
}
export function run(
  command: string,
  args: string[],
  options?: { cwd?: string; env?: Record<string, string | undefined>; logFile?: string; timeoutMs?: number; signal?: AbortSignal },
): Promise<RunResult>;
