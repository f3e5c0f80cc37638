import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest, type ExpressionManifest, type Job } from './manifest.ts';
import type { Failure, MeasurerOptions, Part } from './measurer.ts';

/** A model and how much its probabilities weigh in the mean. */
export interface WeightedModel { manifest: ExpressionManifest; weight: number }

/** Our own model, which comes with the program. */
export const OWN_MANIFEST = fileURLToPath(new URL('../models/expression.json', import.meta.url));

/**
 * The models that read expressions: 2/3 own + 1/3 face-api's, measured better than either; own alone where the
 * other was not fetched; or the one model whose manifest is named.
 * @param folder where set-up put the fetched models.
 * @param custom path of a manifest that replaces the default.
 * @throws Error when a manifest is wrong or its model file is missing.
 */
export function expressionModels(folder: string, custom?: string): WeightedModel[] {
  if (custom !== undefined) return [{ manifest: loadManifest(custom, 'expression'), weight: 1 }];
  const own = { manifest: loadManifest(OWN_MANIFEST, 'expression'), weight: 2 };
  const other = join(folder, 'face_expression.json');
  return existsSync(other) ? [own, { manifest: loadManifest(other, 'expression'), weight: 1 }] : [own];
}

/** Paths of manifests of models that somebody brought, by what they are for. */
export type OwnModels = Readonly<Partial<Record<Job, string>>>;

const FETCHED: Record<Exclude<Job, 'expression'>, string> = { faces: 'fr_detect', landmarks: 'face_landmarks', age_gender: 'age_gender', people: 'people' };

/**
 * Where the model of a job is that set-up fetched; its manifest lies beside it with the same name.
 * @throws Error saying what to run when it was not fetched.
 */
export function modelPath(folder: string, job: Exclude<Job, 'expression'>): string {
  const path = join(folder, `${FETCHED[job]}.onnx`);
  if (!existsSync(path)) throw new Error(`${path} is missing: run "npm run setup", or set OTKLIK_MODELS_DIR to the folder that holds it`);
  return path;
}

/**
 * The models for all work: the ones that somebody brought where they did, else those that come with the program. Never
 * throws: what cannot be had is named in `unusable`, with what to do. Another model than the one that was asked for is never taken.
 * @param folder where set-up put the fetched models.
 */
export function chooseModels(folder: string, own: OwnModels): Pick<MeasurerOptions, 'detector' | 'models' | 'landmarks' | 'person' | 'people' | 'unusable'> {
  const unusable: Failure[] = [];
  const attempt = <T>(part: Part, find: () => T): T | undefined => {
    try {
      return find();
    } catch (error) {
      unusable.push({ part, message: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
  const path = (part: Part, job: Exclude<Job, 'expression'>): string | undefined => own[job] ?? attempt(part, () => modelPath(folder, job));
  const detector = path('faces', 'faces');
  const landmarks = path('pose', 'landmarks');
  const person = path('person', 'age_gender');
  const people = path('people', 'people');
  return {
    models: attempt('faces', () => expressionModels(folder, own.expression)) ?? [], unusable,
    ...(detector === undefined ? {} : { detector }), ...(landmarks === undefined ? {} : { landmarks }), ...(person === undefined ? {} : { person }), ...(people === undefined ? {} : { people }),
  };
}

/** Where the face detector is. @throws Error saying what to run when it was not fetched. */
export const detectorPath = (folder: string): string => modelPath(folder, 'faces');
