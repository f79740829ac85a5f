/** Whether the vault still holds what the catalogue lists: heads alone, so that it stays cheap. `verify --all` reads it all. */
import { readEnvelope } from '../../shared/flow/envelopes.ts'
import { type Named, namedBy } from '../../shared/flow/rewrap.ts'
import { Unavailable } from '../../shared/platform/ports.ts'
import type { Deployment } from '../deployment.ts'
import { type Check, ok, problem, warning } from './check.ts'

const NAME = 'vault-objects'
const MOST = 100_000
const MEND =
  'put objects/vault back from a backup; an object that is in none is gone: safelight rm ID takes it off the list. safelight verify --all names each'

/** @param most sealed objects, renditions counted too */
export async function checkObjects(
  { catalogue, objects }: Pick<Deployment, 'catalogue' | 'objects'>,
  most = MOST,
): Promise<Check> {
  let seen = 0
  const wrong = { missing: 0, resized: 0, unopenable: 0 }
  let first: string | undefined
  for await (const row of catalogue.every()) {
    if (seen >= most) return verdict(seen, wrong, first, `; only the newest ${most} were looked at`)
    for (const named of namedBy(row)) {
      seen++
      const what = await wrongWith(objects, named)
      if (what === undefined) continue
      wrong[what]++
      first ??= row.id
    }
  }
  return verdict(seen, wrong, first, '')
}

type Wrong = 'missing' | 'resized' | 'unopenable'

async function wrongWith(objects: Deployment['objects'], { key, ref }: Named): Promise<Wrong | undefined> {
  try {
    const info = await objects.head('vault', key, ref.versionId)
    if (info === undefined) return 'missing'
    if (info.size !== ref.size) return 'resized'
    const { id, envelopeGeneration: generation } = ref
    return generation > 0 && (await readEnvelope(objects, id, generation)) === undefined ? 'unopenable' : undefined
  } catch (error) {
    // A damaged file says so by throwing.
    if (error instanceof Unavailable) return 'resized'
    throw error
  }
}

function verdict(seen: number, wrong: Record<Wrong, number>, first: string | undefined, cut: string): Check {
  if (first === undefined) {
    const detail = `all of ${seen} sealed objects and previews are in the vault, with the right size${cut}`
    return cut === '' ? ok(NAME, detail) : warning(NAME, detail, 'safelight verify --all reads every one')
  }
  const { missing, resized, unopenable } = wrong
  const words = [
    missing > 0 ? `${missing} missing` : '',
    resized > 0 ? `${resized} damaged or of another size` : '',
    unopenable > 0 ? `${unopenable} without the envelope that opens them` : '',
  ]
  const what = words.filter((word) => word !== '').join(', ')
  return problem(NAME, `of ${seen} sealed objects and previews ${what}, the first of object ${first}${cut}`, MEND)
}
