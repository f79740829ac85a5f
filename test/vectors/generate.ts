/**
 * Writes the vectors of docs/FORMAT.md section 11 and docs/LINKS.md into test/vectors/v1. Vectors of a released version
 * stay for ever: existing files are never overwritten, so this only ever adds. `node test/vectors/generate.ts`
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { hex } from '../../shared/keys/encoding.ts'
import { nodePrimitives as primitives } from '../../shared/platform/crypto.ts'
import { forge } from '../support/forge.ts'
import { TEST_KEYS } from '../support/keyring.ts'
import { BODY } from './body.ts'
import { ENVELOPE } from './envelope.ts'
import { FACTS } from './facts.ts'
import { LAYOUT } from './layout.ts'
import { METADATA } from './metadata.ts'
import { OPENS } from './opens.ts'
import { BASE, newerEnvelope, type Opens, type Refused } from './recipe.ts'
import { sourceTexts } from './sources.ts'
import { addSums } from './sums.ts'
import { tokensFile } from './tokens.ts'

export const REFUSED: readonly Refused[] = [...LAYOUT, ...FACTS, ...METADATA, ...ENVELOPE, ...BODY]

const here = import.meta.dirname
const openFolder = join(here, 'v1', 'open')
const refuseFolder = join(here, 'v1', 'refuse')

function write(path: string, data: Uint8Array | object): void {
  writeFileSync(path, data instanceof Uint8Array ? data : `${JSON.stringify(data, null, 2)}\n`)
}

async function writeOpening({ name, about, forgery, newer, tells }: Opens): Promise<void> {
  if (existsSync(join(openFolder, `${name}.json`))) return
  const made = { ...BASE, ...forgery }
  const forged = await forge(made)
  const { object, dek, metaHash } = forged
  const beside = newer === undefined ? undefined : await newerEnvelope(forged, newer)
  if (beside) write(join(openFolder, `${name}.envelope`), beside.envelope)
  write(join(openFolder, `${name}.slv`), object)
  write(join(openFolder, `${name}.json`), {
    name,
    about,
    object: `${name}.slv`,
    sha256: hex(primitives.sha256(made.plaintext)),
    length: made.plaintext.length,
    tier: made.facts?.tier ?? 2,
    mediaType: made.metadata?.mediaType ?? 'application/octet-stream',
    ...(made.metadata?.fileName && { fileName: made.metadata.fileName }),
    ...(tells && { source: sourceTexts(made.metadata?.source) }),
    metaSha512: hex(metaHash),
    dek: hex(dek),
    ...(beside && { envelope: `${name}.envelope`, generation: beside.generation }),
  })
}

async function writeRefused({ name, breaks, about, forgery, change, named }: Refused): Promise<void> {
  if (existsSync(join(refuseFolder, `${name}.json`))) return
  const forged = await forge({ ...BASE, ...forgery })
  const { envelope, ...rest } = (await named?.(forged)) ?? {}
  write(join(refuseFolder, `${name}.slv`), change?.(forged) ?? forged.object)
  if (envelope) write(join(refuseFolder, `${name}.envelope`), envelope)
  const file = envelope ? { envelope: `${name}.envelope` } : {}
  write(join(refuseFolder, `${name}.json`), { name, breaks, about, object: `${name}.slv`, ...file, ...rest })
}

/** Nothing about a token is random: the file is written whole, and only where it goes on holding all it held. */
function writeTokens(path: string): void {
  const made = tokensFile()
  const known = existsSync(path) ? readFileSync(path, 'utf8') : ''
  for (const line of known.match(/"token": .*/g) ?? []) if (!made.includes(line)) throw new Error(`${line} is gone`)
  writeFileSync(path, made)
}

if (import.meta.main) {
  for (const folder of [openFolder, refuseFolder]) mkdirSync(folder, { recursive: true })
  write(join(here, 'keys.json'), TEST_KEYS)
  for (const recipe of OPENS) await writeOpening(recipe)
  for (const recipe of REFUSED) await writeRefused(recipe)
  writeTokens(join(here, 'v1', 'tokens.json'))
  addSums(join(here, 'v1'))
}
