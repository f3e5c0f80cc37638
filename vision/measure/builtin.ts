import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadManifest, type ExpressionManifest, type Job } from './manifest.ts';

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

/** Where the face detector is. @throws Error saying what to run when it was not fetched. */
export const detectorPath = (folder: string): string => modelPath(folder, 'faces');
