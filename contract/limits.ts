/** Every size, count and time limit that a peer can run into. Units are in the names. */
export const LIMITS = {
  /** A request body of `POST /api/v1/events`; larger gets 413. */
  eventsBodyBytes: 1024 * 1024,
  /** Any other JSON request body. */
  jsonBodyBytes: 64 * 1024,
  eventsPerRequest: 500,
  /** One event's `body`, as JSON text. */
  eventBodyBytes: 16 * 1024,
  /** An event older than this was kept too long on its device to mean anything. */
  eventMaxAgeMs: 14 * 24 * 3600_000,
  /** How far ahead of the hub an event may be, after the device's clock has been corrected. */
  eventMaxFutureMs: 2 * 60_000,
  /** Sustained events a second from one device, and how many may come at once. */
  deviceEventsPerSecond: 200,
  deviceEventsBurst: 5_000,
  /** A frame that a client sends on `/ws`. */
  wsClientFrameBytes: 16 * 1024,
  wsSubscriptions: 32,
  /** A client must say hello within this time. */
  wsHelloMs: 5_000,
  /** Messages a second that a client may send on `/ws` before it is closed as abusive. */
  wsMessagesPerSecond: 20,
  /** The server speaks at least this often, so silence means that the line is dead. */
  wsBeatMs: 2_000,
  /** A client that heard nothing for this long treats its data as stale. */
  wsStaleMs: 5_000,
  /** Resume by delta up to this many events, by snapshot beyond. */
  deltaEvents: 300,
  /** Unsent bytes above which ephemeral samples collapse to the latest per key. */
  queueCollapseBytes: 512 * 1024,
  /** Unsent bytes above which a connection is closed with 4008. */
  queueCloseBytes: 1024 * 1024,
  /** A connection whose queue does not move for this long is closed with 4008. */
  queueStuckMs: 30_000,
  /** Events of one tick travel in one frame. */
  tickMs: 33,
  logReadEvents: 1_000,
  pairingTtlMs: 10 * 60_000,
  heartbeatMs: 30_000,
  /** A device not heard for this long is silent. */
  deviceSilentMs: 90_000,
  sdpBytes: 32 * 1024,
  /** A voice message or photo from a device, and a floor plan's picture. */
  fileBytes: 3 * 1024 * 1024,
  planBytes: 10 * 1024 * 1024,
  /** A table of counts. */
  csvBytes: 2 * 1024 * 1024,
} as const;
