/** `npm run vision:eval -- <folder or CSV>`: how well models read labelled pictures. `--help` says more. */
import { parseArgs } from 'node:util';
import { detectorPath, expressionModels } from '../measure/builtin.ts';
import { ModelError } from '../measure/model.ts';
import { loadManifest } from '../measure/manifest.ts';
import { setupResult } from '../testing/pictures.ts';
import { episodeTable, printedEpisodes } from './episodes.ts';
import { evaluate } from './evaluate.ts';
import { EvalError, readLabels } from './labels.ts';
import { FRAME, type Kind } from './pictures.ts';
import { printedRecall, recallByHeight } from './recall.ts';
import { printed, report } from './report.ts';
import { CODECS, type Codec } from './video.ts';

const USAGE = `npm run vision:eval -- <folder or CSV> [options]

  folder            has one folder of pictures for each class: happy, neutral, sad, angry, disgust, fear, surprise
  CSV               has the columns file,label and, to compare groups of people, group

  --model FILE      manifest of an expression model to measure instead of the default ones
  --detector FILE   manifest of a face detector instead of the fetched one
  --through-video vp8|h264   pictures go through a camera's video first
  --kind crops|photos        cut-out faces or whole photographs; otherwise small squares are taken for cut-outs
  --episodes        how often an unhappy visitor would be called for, by the threshold of mood
  --recall          how many faces are found, by their height (photographs)
  --frame 1280x720  size of the frames for --recall, 640x480 otherwise
  --json            the figures as JSON

Ends with 2 when something cannot be measured, and says why.`;

interface Options { path: string; model: string | undefined; detector: string | undefined; video: Codec | undefined; kind: Kind | undefined; episodes: boolean; recall: boolean; frame: { width: number; height: number }; json: boolean }

function optionsOf(args: readonly string[]): Options | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0) throw new EvalError(`name one folder or CSV\n\n${USAGE}`);
  return {
    path, model: values.model, detector: values.detector, episodes: values.episodes ?? false, recall: values.recall ?? false, frame: frameOf(values.frame), json: values.json ?? false,
    video: oneOf('--through-video', CODECS, values['through-video']), kind: oneOf('--kind', ['crops', 'photos'] as const, values.kind),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args], allowPositionals: true, options: {
        model: { type: 'string' }, detector: { type: 'string' }, 'through-video': { type: 'string' }, kind: { type: 'string' },
        episodes: { type: 'boolean' }, recall: { type: 'boolean' }, frame: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new EvalError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, { cause: error });
  }
}

/** Even numbers: chroma has half as many samples. */
function frameOf(given: string | undefined): { width: number; height: number } {
  if (given === undefined) return FRAME;
  const [, width, height] = (/^(\d{2,4})[x×](\d{2,4})$/.exec(given) ?? []).map(Number);
  if (width === undefined || height === undefined || width % 2 === 1 || height % 2 === 1 || width < 320 || height < 240 || width > 3840 || height > 2160) throw new EvalError(`--frame must be two even numbers such as 1280x720, from 320x240 to 3840x2160, not "${given}"`);
  return { width, height };
}

function oneOf<T extends string>(name: string, allowed: readonly T[], given: string | undefined): T | undefined {
  if (given === undefined) return undefined;
  const found = allowed.find((value) => value === given);
  if (found === undefined) throw new EvalError(`${name} must be ${allowed.join(' or ')}, not "${given}"`);
  return found;
}

/** Measures and gives the text to print. @throws EvalError, ModelError or Error saying what cannot be measured. */
export async function run(args: readonly string[], onProgress?: (text: string) => void): Promise<string> {
  const options = optionsOf(args);
  if (!options) return USAGE;
  const pictures = readLabels(options.path);
  const folder = process.env['OTKLIK_MODELS_DIR'] ?? setupResult().models.dir;
  const models = expressionModels(folder, options.model);
  const detector = options.detector === undefined ? detectorPath(folder) : loadManifest(options.detector, 'faces').path;
  const names = models.map(({ manifest, weight }) => `${manifest.name} ×${weight}`).join(', ');
  const head = `${names}${options.video ? `, through ${options.video}` : ''}: ${options.path}`;
  if (options.recall) {
    const rows = await recallByHeight(pictures.map(({ file }) => file), detector, options.video, options.frame);
    return options.json ? JSON.stringify({ recall: rows }) : `${head}\n${printedRecall(rows, options.frame)}`;
  }
  const reads = await evaluate(pictures, {
    models, detector, ...(options.video ? { video: options.video } : {}), ...(options.kind ? { kind: options.kind } : {}),
    onProgress: (done, total) => onProgress?.(`${done} of ${total}`),
  });
  const figures = report(reads);
  const episodes = options.episodes ? episodeTable(reads) : undefined;
  if (options.json) return JSON.stringify({ models: names, video: options.video ?? null, ...figures, ...(episodes ? { episodes } : {}) });
  return [head, printed(figures), ...(episodes ? ['', printedEpisodes(episodes)] : [])].join('\n');
}

if (import.meta.main) {
  const progress = process.stderr.isTTY ? (text: string): void => { process.stderr.write(`\r${text} `); } : undefined;
  try {
    console.log(await run(process.argv.slice(2), progress));
  } catch (error) {
    // A fault of the program is shown whole; what a person can mend is shown as a sentence.
    console.error(error instanceof EvalError || error instanceof ModelError || (error instanceof Error && !(error instanceof TypeError)) ? error.message : error);
    process.exitCode = 2;
  }
}
