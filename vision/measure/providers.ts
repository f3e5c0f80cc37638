import type { InferenceSession } from 'onnxruntime-node';

// ONNX Runtime 1.30 otherwise writes an identifier of this computer below the home folder and may report its use to its
// maker. It reads the variable when it is loaded, which is why it is loaded below, by the first who needs it.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

export const DEFAULT_PROVIDERS: readonly string[] = ['cpu'];
const MAX_PROVIDERS = 8;
const PROVIDER_NAME = /^[a-z][a-z0-9]{0,31}$/;
/** ONNX Runtime's severity "error": it warns of every operation that a provider leaves to the processor. */
const ERRORS_ONLY = 3;

export interface SessionSettings {
  /** Execution providers by falling preference, such as `['cuda', 'cpu']`; the processor when left out. */
  providers?: readonly string[];
  /** Threads inside one inference; more than 1 helps only where cores are idle. */
  threads?: number;
}

/** How every model of the node is run: one picture batch at a time, on as many threads as are asked for. */
export function sessionOptions({ providers = DEFAULT_PROVIDERS, threads = 1 }: SessionSettings = {}): InferenceSession.SessionOptions {
  return {
    executionProviders: [...providers], intraOpNumThreads: threads, interOpNumThreads: 1,
    executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: ERRORS_ONLY,
  };
}

/**
 * Execution providers of a setting such as `cuda,cpu`.
 * @throws RangeError that says what is wrong with the text.
 */
export function parseProviders(text: string): string[] {
  const names = [...new Set(text.toLowerCase().split(',').map((name) => name.trim()).filter((name) => name !== ''))];
  const wrong = names.find((name) => !PROVIDER_NAME.test(name));
  if (wrong !== undefined) throw new RangeError(`"${wrong.slice(0, 40)}" is no name of an execution provider: use names such as cuda and cpu with commas between them`);
  if (names.length === 0 || names.length > MAX_PROVIDERS) throw new RangeError(`name 1 to ${MAX_PROVIDERS} execution providers, such as cuda,cpu`);
  return names;
}

/** Providers that work here, by the wished order, and for each of the others why not. */
export interface UsableProviders { providers: string[]; problems: string[] }

/**
 * Tries each provider on a model of one operation: a build may know a provider whose library or device is missing. The
 * processor is added at the end, so that there is always one.
 */
export async function usableProviders(wanted: readonly string[]): Promise<UsableProviders> {
  const providers: string[] = [];
  const problems: string[] = [];
  for (const name of wanted) {
    const problem = name === 'cpu' ? undefined : await problemOf(name);
    if (problem === undefined) providers.push(name); else problems.push(problem);
  }
  if (!providers.includes('cpu')) providers.push('cpu');
  return { providers, problems };
}

async function problemOf(name: string): Promise<string | undefined> {
  const { InferenceSession, listSupportedBackends } = await import('onnxruntime-node');
  const built = listSupportedBackends().map((backend) => backend.name);
  const without = 'models run without it';
  if (!built.includes(name)) return `execution provider "${name}" is not in this build of ONNX Runtime (it has ${built.join(', ')}): ${without}`;
  try {
    const session = await InferenceSession.create(IDENTITY, { ...sessionOptions({ providers: [name] }), logSeverityLevel: 4 });
    await session.release();
    return undefined;
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `execution provider "${name}" cannot be used (${reason.slice(0, 200)}): ${without}. Install its libraries and drivers, or take it out of OTKLIK_VISION_PROVIDERS`;
  }
}

/** An ONNX file (IR version 8, operator set 13) with the one operation y = Identity(x), x a float32 of one number. */
const IDENTITY = Uint8Array.from(Buffer.from('CAgSADo6ChMKAXgSAXkaAW4iCElkZW50aXR5EgFnWg8KAXgSCgoICAESBAoCCAFiDwoBeRIKCggIARIECgIIAUIECgAQDQ==', 'base64'));
