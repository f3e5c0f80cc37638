import { Type } from 'typebox';

/**
 * What a camera page may hand to mediasoup. mediasoup checks some of it while it writes its message to the worker; when
 * it throws in the middle, the writer that all of the worker's requests share stays broken, and with it every camera of
 * the node. So everything that it writes is checked here before. Fields that are not named are ignored by mediasoup.
 */
const Word = (maxLength: number) => Type.String({ maxLength });
const Ssrc = Type.Integer({ minimum: 0, maximum: 0xffffffff });
const PayloadType = Type.Integer({ minimum: 0, maximum: 127 });
const Values = Type.Record(Type.String(), Type.Union([Word(500), Type.Number({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 })]));

const FINGERPRINT_ALGORITHMS = ['sha-256', 'sha-384', 'sha-512', 'sha-1', 'sha-224'] as const;

/** mediasoup's `DtlsParameters`. */
export const DtlsParameters = Type.Object({
  role: Type.Optional(Type.Enum(['auto', 'client', 'server'])),
  fingerprints: Type.Array(Type.Object({ algorithm: Type.Enum([...FINGERPRINT_ALGORITHMS]), value: Word(200) }), { maxItems: 8 }),
});

/** mediasoup's `RtpParameters`. */
export const RtpParameters = Type.Object({
  mid: Type.Optional(Word(64)),
  msid: Type.Optional(Word(200)),
  codecs: Type.Array(Type.Object({
    mimeType: Word(64), payloadType: PayloadType, clockRate: Type.Integer({ minimum: 1, maximum: 1_000_000 }), channels: Type.Optional(Type.Integer({ minimum: 1, maximum: 8 })), parameters: Type.Optional(Values),
    rtcpFeedback: Type.Optional(Type.Array(Type.Object({ type: Word(40), parameter: Type.Optional(Word(40)) }), { maxItems: 16 })),
  }), { maxItems: 16 }),
  headerExtensions: Type.Optional(Type.Array(Type.Object({ uri: Word(200), id: Type.Integer({ minimum: 1, maximum: 255 }), encrypt: Type.Optional(Type.Boolean()), parameters: Type.Optional(Values) }), { maxItems: 32 })),
  encodings: Type.Optional(Type.Array(Type.Object({
    ssrc: Type.Optional(Ssrc), rid: Type.Optional(Word(64)), rtx: Type.Optional(Type.Object({ ssrc: Ssrc })), codecPayloadType: Type.Optional(PayloadType), dtx: Type.Optional(Type.Boolean()),
    scalabilityMode: Type.Optional(Word(40)), maxBitrate: Type.Optional(Type.Integer({ minimum: 0, maximum: 4_000_000_000 })),
  }), { maxItems: 8 })),
  rtcp: Type.Optional(Type.Object({ cname: Type.Optional(Word(100)), reducedSize: Type.Optional(Type.Boolean()) })),
});
