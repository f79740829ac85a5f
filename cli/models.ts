/** The detectors' weights that come with this installation. */
import { fileURLToPath } from 'node:url'
import { loadModels, type Models } from '../shared/sensitivity/models.ts'
import type { Output } from './output.ts'

export const MODELS_FOLDER = fileURLToPath(new URL('../models/', import.meta.url))

/** Loudly, where a model isn't what the manifest says: everything is then taken for the most sensitive. */
export async function loadModelsOrWarn(out: Output): Promise<Models> {
  const models = await loadModels(MODELS_FOLDER)
  for (const problem of models.problems) out.warn(problem)
  return models
}
