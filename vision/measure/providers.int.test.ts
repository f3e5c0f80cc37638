import { describe, expect, it } from 'vitest';
import { parseProviders, sessionOptions, usableProviders } from './providers.ts';

describe('execution providers', () => {
  it('are read from a list, once each', () => {
    expect(parseProviders(' CUDA, cpu,,cuda ')).toEqual(['cuda', 'cpu']);
    expect(() => parseProviders(' , ')).toThrow(/name 1 to 8/);
    expect(() => parseProviders('cu da')).toThrow(/"cu da" is no name/);
    expect(() => parseProviders('../evil')).toThrow(/no name of an execution provider/);
    expect(() => parseProviders('a,b,c,d,e,f,g,h,i')).toThrow(/name 1 to 8/);
  });

  it('that this build does not have are named, and the processor is used', async () => {
    expect(await usableProviders(['abacus'])).toEqual({ providers: ['cpu'], problems: [expect.stringMatching(/"abacus" is not in this build of ONNX Runtime \(it has cpu.*run without it/)] });
  });

  it('that the build knows and whose library is missing are named, and the next is used', async () => {
    // No machine has the libraries of two makers: one at least of what a build knows cannot be used.
    const { providers, problems } = await usableProviders(['tensorrt', 'coreml', 'dml', 'cpu']);
    expect(providers.at(-1)).toBe('cpu');
    expect(providers.length + problems.length).toBe(4);
    expect(problems.length).toBeGreaterThanOrEqual(2);
    for (const problem of problems) expect(problem).toMatch(/^execution provider "(tensorrt|coreml|dml)" (is not in this build|cannot be used)/);
  });

  it('go into every session with one thread unless more are asked for', () => {
    expect(sessionOptions()).toMatchObject({ executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 });
    expect(sessionOptions({ providers: ['cuda', 'cpu'], threads: 3 })).toMatchObject({ executionProviders: ['cuda', 'cpu'], intraOpNumThreads: 3 });
  });
});
