/** Objects of the vault for commands that take an ID: what is missing is said to be missing. */
import { namedBy } from '../shared/flow/rewrap.ts'
import type { Rendition } from '../shared/links/token.ts'
import { type ObjectRow, Unavailable } from '../shared/platform/ports.ts'
import type { Deployment } from './deployment.ts'
import { CommandFailed } from './errors.ts'
import { NotFound, objectId } from './ids.ts'
import { orLost, type Ports } from './lost.ts'

type Listed = ReturnType<typeof namedBy>[number] & { readonly rendition: Rendition }

/** The catalogue lists it, and the vault does not hold it. */
export class MissingObject extends CommandFailed {
  constructor() {
    super(
      'the vault does not hold this object any more, though the catalogue lists it',
      'put objects/vault back from a backup; safelight doctor counts what is missing, safelight verify --all names it',
    )
  }
}

export function noObject(): CommandFailed {
  return new NotFound('there is no such object', 'safelight ls lists what there is')
}

/** Says which renditions there are. */
export function noRendition(row: ObjectRow, rendition: Rendition): CommandFailed {
  const there = listed(row).map((one) => one.rendition)
  const message = `this object has no ${rendition}: its tier allows none, or it is no picture`
  return new CommandFailed(message, `it has: ${there.join(', ')}`)
}

/** @throws CommandFailed, UsageError */
export function rowOf(deployment: Ports, text: string): Promise<ObjectRow> {
  const { catalogue } = deployment
  return orLost(deployment, async () => {
    const row = await catalogue.object(await objectId(catalogue, text))
    if (row === undefined) throw noObject()
    return row
  })
}

/** The object, then its renditions, as sealed objects. */
export function listed(row: ObjectRow): readonly Listed[] {
  return namedBy(row).map((named, i) => ({ ...named, rendition: row.renditions[i - 1]?.kind ?? 'original' }))
}

/** Runs what reads this sealed object. @throws MissingObject when its file is not in the vault */
export async function orMissing<T>(
  { objects }: Pick<Deployment, 'objects'>,
  { key, ref }: Listed,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Unavailable) || (await objects.head('vault', key, ref.versionId))) throw error
    throw new MissingObject()
  }
}
