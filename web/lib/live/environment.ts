/** One socket as the client sees it; the browser's WebSocket or a test's fake. */
export interface Socket {
  send(text: string): void;
  close(): void;
}
export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  closed(code: number): void;
}

/** Everything the client needs from outside, so that it can be tested with a fake socket and fake time. */
export interface LiveEnvironment {
  connect(events: SocketEvents): Socket;
  /** This device's clock, epoch ms. */
  now(): number;
  /** Runs once after `ms`; the returned function cancels. */
  after(ms: number, run: () => void): () => void;
  /** Runs once, at the next animation frame. */
  frame(run: () => void): void;
  /** 0..1 */
  random(): number;
}
