import { describe, expect, it } from 'vitest';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import * as contract from '../../contract/index.ts';
import { seededRandom, testSeed } from '../core/testing/random.ts';
import { CAMERA_CHECKS, NODE_CHECKS, readAck } from '../media/intake.ts';
import { reportTime } from '../media/rules.ts';
import { mutateJson, mutateText, pick, rubbish } from './testing/mutate.ts';
import { attempt, demandCleanPrototypes, demandFinite, demandRefusal, MOST_MESSAGE } from './testing/properties.ts';
import { mediaMessageOf, NOW, REST_BODIES } from './testing/samples.ts';

const EACH = 500;
const LONG = 120_000;
const schemaOf = (name: string): TSchema => (contract as unknown as Record<string, TSchema>)[name]!;

describe('mutated bodies of requests', () => {
  it('are taken by the compiled schema exactly when the plain one takes them, and survive JSON', () => {
    const random = seededRandom(testSeed('requests'));
    let accepted = 0;
    for (const [name, body] of Object.entries(REST_BODIES)) {
      const schema = schemaOf(name);
      const compiled = Compile(schema);
      expect(compiled.Check(body), name).toBe(true);
      for (let i = 0; i < EACH; i++) {
        const input = random.chance(0.05) ? rubbish(random, 4) : mutateJson(random, body);
        attempt({ name, input }, () => {
          const fits = compiled.Check(input);
          expect(fits).toBe(Value.Check(schema, input));
          if (!fits) return expect(compiled.Errors(input).length).toBeGreaterThan(0);
          accepted += 1;
          demandFinite(name === 'EventsRequest' ? {} : input);
          return expect(compiled.Check(JSON.parse(JSON.stringify(input)))).toBe(true);
        });
      }
    }
    demandCleanPrototypes();
    console.log(`requests: ${EACH * Object.keys(REST_BODIES).length} bodies, ${accepted} fit`);
    expect(accepted).toBeGreaterThan(EACH);
  }, LONG);
});

describe('mutated messages of the media signalling', () => {
  it('are refused in one line of bounded length, or fit their schema', () => {
    const random = seededRandom(testSeed('media'));
    const schemas: Record<string, TSchema> = { ...contract.CAMERA_REQUESTS, ...contract.NODE_EVENTS };
    let accepted = 0;
    for (const [event, check] of [...CAMERA_CHECKS, ...NODE_CHECKS]) {
      for (let i = 0; i < EACH; i++) {
        const input = random.chance(0.05) ? rubbish(random, 4) : mutateJson(random, mediaMessageOf(random, event));
        attempt({ event, input }, () => {
          const problem = check(input);
          expect(problem === undefined).toBe(Value.Check(schemas[event]!, input));
          if (problem !== undefined) return expect(problem.length).toBeLessThanOrEqual(MOST_MESSAGE);
          accepted += 1;
          return event.startsWith('node:') ? demandFinite(input) : undefined;
        });
      }
    }
    console.log(`media: ${EACH * (CAMERA_CHECKS.size + NODE_CHECKS.size)} messages, ${accepted} fit`);
    expect(accepted).toBeGreaterThan(EACH / 2);
  }, LONG);

  it('that a node answers with become an acknowledgement with a code of the contract', () => {
    const random = seededRandom(testSeed('acknowledgements'));
    const answers = [{ ok: true, data: { id: 'x' } }, { ok: false, code: 'bad_sdp', message: 'no video' }, { ok: true }];
    for (let i = 0; i < 5_000; i++) {
      const input = random.chance(0.2) ? rubbish(random, 3) : mutateJson(random, pick(random, answers));
      attempt(input, () => {
        const ack = readAck(input);
        if (ack.ok) expect((input as { ok: unknown }).ok).toBe(true);
        else demandRefusal({ ...ack, message: ack.message || 'empty' });
      });
    }
  }, LONG);

  it('cannot put a report outside the last minute, whatever their clock says', () => {
    const random = seededRandom(testSeed('reports'));
    for (let i = 0; i < 5_000; i++) {
      const at = Number(rubbish(random, 0));
      if (!Value.Check(contract.NodeCamera, { camera: 'cam-1', state: 'connected', at })) continue;
      attempt(at, () => {
        const taken = reportTime(at, NOW);
        expect(taken).toBeLessThanOrEqual(NOW);
        expect(taken).toBeGreaterThanOrEqual(NOW - 60_000);
      });
    }
  });
});

describe('mutated names of channels', () => {
  it('are a channel only in the one form', () => {
    const random = seededRandom(testSeed('channels'));
    let known = 0;
    for (let i = 0; i < 10_000; i++) {
      const name = mutateText(random, pick(random, ['floor:shop', 'wall:shop-1', 'cameras:a', 'devices:0']));
      attempt(name, () => {
        const parsed = contract.parseChannel(name);
        if (!parsed) return;
        known += 1;
        expect(`${parsed.kind}:${parsed.site}`).toBe(name);
        expect(contract.CHANNEL_KINDS).toContain(parsed.kind);
        expect(Value.Check(contract.Id, parsed.site)).toBe(true);
      });
    }
    expect(known).toBeGreaterThan(100);
  });
});
