/** What one RTP packet carries of a frame. */
export interface Part {
  /** Whether a frame begins here; null when the payload does not say: then it begins where the frame before has ended. */
  starts: boolean | null;
  /** A frame that begins here may be decodable without any other: where to start, or to start again. */
  entry: boolean;
  /** Goes on with what the packet before began, and what it begins goes on in the next. */
  continues: boolean;
  open: boolean;
  /** Views into the packet, in order. */
  pieces: readonly Uint8Array[];
}

/** A frame's parts put together. */
export interface WholeFrame {
  /** Decodable without any other frame. */
  key: boolean;
  pieces: readonly Uint8Array[];
}

/** How a codec travels in RTP. May remember what later frames need, so every stream has one of its own. */
export interface PayloadFormat {
  /** Undefined when it is no such payload; never throws. */
  parse(payload: Uint8Array): Part | undefined;
  /** Undefined when the parts hold no picture. */
  finish(parts: readonly Part[]): WholeFrame | undefined;
}
