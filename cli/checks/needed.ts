/** Whether the keys that the vault's objects say they need are here, and whether the catalogue lists all that the vault holds. */
import type { Deployment } from '../deployment.ts'
import { keyOf } from '../host/pump.ts'
import { wayOut, wordsOf } from '../lacks.ts'
import { type Needed, neededKeys } from '../needed.ts'
import { type Check, ok, problem, warning } from './check.ts'

const MOST = 5_000

/** @param most objects whose envelopes are read */
export async function checkNeeded(deployment: Deployment, most = MOST): Promise<readonly Check[]> {
  const { catalogue, queue } = deployment
  const needed = await neededKeys(deployment, catalogue, most)
  // What was only just sealed is in the queue, and listed once it is verified.
  const known = new Set([...queue.pending('verify'), ...queue.failed('verify')].map(keyOf))
  return [...aboutKeys(needed), aboutUnlisted(needed.unlisted.filter((key) => !known.has(key)).length)]
}

function aboutKeys({ seen, cut, lacks }: Needed): readonly Check[] {
  const name = 'vault-keys'
  const sampled = cut ? `; only ${seen} objects were looked at` : ''
  if (lacks.length === 0) return [ok(name, `the keys that ${seen} objects are sealed under are here${sampled}`)]
  return lacks.map(({ lack, objects }) =>
    problem(name, `${objects} object${objects === 1 ? ' needs' : 's need'} ${wordsOf(lack)}${sampled}`, wayOut(lack)),
  )
}

function aboutUnlisted(count: number): Check {
  const name = 'vault-unlisted'
  if (count === 0) return ok(name, 'the catalogue lists every object in the vault')
  const what = count === 1 ? '1 object in the vault is' : `${count} objects in the vault are`
  const mend =
    'run safelight serve for a while: it lists those that open. After an older catalogue was put back, safelight catalogue rebuild --force'
  return warning(name, `${what} not in the catalogue`, mend)
}
