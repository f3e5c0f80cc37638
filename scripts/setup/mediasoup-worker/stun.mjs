/** The one STUN message a browser sends first: a Binding request that nominates the path (RFC 8489, RFC 8445). */
import { createHmac, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BINDING_REQUEST = 0x0001;
const MAGIC_COOKIE = 0x2112a442;
const HEADER_BYTES = 20;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const PRIORITY = 0x0024;
const USE_CANDIDATE = 0x0025;
const FINGERPRINT = 0x8028;
const ICE_CONTROLLING = 0x802a;
const FINGERPRINT_XOR = 0x5354554e;

function attribute(type, value) {
  const padding = Buffer.alloc((4 - (value.length % 4)) % 4);
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, padding]);
}

function message(transaction, attributes, length) {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt16BE(BINDING_REQUEST, 0);
  head.writeUInt16BE(length, 2);
  head.writeUInt32BE(MAGIC_COOKIE, 4);
  transaction.copy(head, 8);
  return Buffer.concat([head, ...attributes]);
}

const bytesOf = (attributes) => attributes.reduce((sum, { length }) => sum + length, 0);

/**
 * @param username the answering side's name fragment, a colon, ours; @param password the answering side's
 * @returns Buffer, ready to send
 */
export function bindingRequest(username, password) {
  const transaction = randomBytes(12);
  const attributes = [
    attribute(USERNAME, Buffer.from(username)),
    attribute(PRIORITY, randomBytes(4)),
    attribute(ICE_CONTROLLING, randomBytes(8)),
    attribute(USE_CANDIDATE, Buffer.alloc(0)),
  ];
  // Both sums are made over a header whose length already counts the attribute that will hold them.
  const signed = message(transaction, attributes, bytesOf(attributes) + 24);
  attributes.push(attribute(MESSAGE_INTEGRITY, createHmac('sha1', password).update(signed).digest()));
  const summed = message(transaction, attributes, bytesOf(attributes) + 8);
  const fingerprint = Buffer.alloc(4);
  fingerprint.writeUInt32BE((crc32(summed) ^ FINGERPRINT_XOR) >>> 0);
  attributes.push(attribute(FINGERPRINT, fingerprint));
  return message(transaction, attributes, bytesOf(attributes));
}
