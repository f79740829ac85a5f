/** Files into a stack's intake, under random names, and what became of them. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { UPLOAD } from '../../shared/flow/source.ts'
import { hex } from '../../shared/keys/encoding.ts'
import { type ObjectRow, Unavailable } from '../../shared/platform/ports.ts'
import { sealableText } from '../../shared/vault/metadata.ts'
import { CommandFailed } from '../errors.ts'
import type { InputFile } from '../files.ts'
import type { Stack } from './stack.ts'

const found = z.object({ objectId: z.string().nullable() })
const MAX_NAME_BYTES = 1024
const POLL_MS = 500
/** Six tries of sealing, an hour at most. */
const PATIENCE_MS = 3_600_000

/** Waits until the upload is sealed, verified and erased. @throws CommandFailed when it isn't after an hour; Unavailable */
export async function putIntoStack(
  stack: Stack,
  input: InputFile,
  afterReading: () => Promise<void>,
): Promise<ObjectRow> {
  const key = hex(stack.primitives.random(16))
  const metadata = {
    ...(input.name !== undefined && { [UPLOAD.fileName]: sealableText(input.name, MAX_NAME_BYTES) }),
  }
  const info = await stack.objects.put('intake', key, input.read(), { ifAbsent: true, metadata })
  if (!info) throw new Unavailable('intake already holds an upload of this key')
  await afterReading()
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(POLL_MS)) {
    if (await stack.objects.head('intake', key, info.versionId)) continue
    const order = { key, versionId: info.versionId }
    const { objectId } = await stack.call(stack.output('FindFunctionName'), order, found)
    const row = objectId === null ? undefined : await stack.catalogue.object(objectId)
    if (row) return row
    throw new Unavailable('the upload is gone and nothing was sealed of it: somebody deleted it')
  }
  throw new CommandFailed(
    'it is not sealed after an hour; the upload waits in intake',
    `safelight redrive --stack ${stack.name} --dry-run counts what was given up; safelight doctor --stack ${stack.name} may say why`,
  )
}
