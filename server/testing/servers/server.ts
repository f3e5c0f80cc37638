/** A server of a test's own. It ends with the process that started it, whatever that dies of. */
export interface TestServer {
  /** Reaches it: over a unix socket in its folder, or over 127.0.0.1 with a password when that was asked for. */
  readonly url: string;
  /** Holds its data and `server.log`. */
  readonly folder: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Starts it again on the same data; does nothing while it runs. */
  start(): Promise<void>;
  /** Ends all of it at once as a crash would (SIGKILL); resolves when nothing of it runs any more. */
  kill(): Promise<void>;
  /** Ends it in good order, if it runs, and starts it again on the same data. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}
