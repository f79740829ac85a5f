/** Whether the detectors are the ones that the manifest names. */
import { loadModels } from '../../shared/sensitivity/models.ts'
import { MODELS_FOLDER } from '../models.ts'
import { type Check, guarded, ok, problem } from './check.ts'

export function checkModels(folder = MODELS_FOLDER): Promise<readonly Check[]> {
  return guarded('models', async () => {
    const models = await loadModels(folder)
    const versions = Object.entries(models.versions).map(([name, version]) => `${name} ${version}`)
    if (models.ok) return [ok('models', `every hash is right (${versions.join(', ')})`)]
    return models.problems.map((detail) =>
      problem('models', detail, 'every image is sealed at the strictest tier until the models are restored'),
    )
  })
}
