/** `safelight open`: the exact bytes of a sealed file, of an object in the vault, or behind a link; or a refusal. */
import { stat } from 'node:fs/promises'
import { readAsOwner } from '../../shared/flow/open.ts'
import { isLinkUrl } from '../../shared/links/url.ts'
import type { ByteRange, Chunks } from '../../shared/platform/ports.ts'
import { type OpenedObject, openObject } from '../../shared/vault/open.ts'
import { defineCommand, usage } from '../args.ts'
import { CLI_CALLER } from '../caller.ts'
import { openDeployment } from '../deployment.ts'
import { UsageError } from '../errors.ts'
import { checkOutput, STDIO, writeOutput } from '../files.ts'
import { homeFolder } from '../home.ts'
import { looksLikeId, objectId } from '../ids.ts'
import { orFileKeyNotHere, orKeyNotHere } from '../lacks.ts'
import { openLink } from '../linked.ts'
import { orLost } from '../lost.ts'
import type { Output } from '../output.ts'
import { openStackOf, STACK } from '../place.ts'
import { parseRange } from '../ranges.ts'
import { parseRendition } from '../renditions.ts'
import { openSealed, orNotSealed } from '../sealed.ts'
import { readFromStack } from '../stack/read.ts'
import { listed, noObject, noRendition, orMissing } from '../stored.ts'

export const command = defineCommand({
  name: 'open',
  summary: 'get the exact bytes back',
  usage: ['FILE|ID|LINK [-o OUT] [--range A-B] [--rendition KIND] [--stack NAME]'],
  description: `Writes the original bytes of a sealed file, of an object in the vault, or behind a link, to OUT (default: stdout).
Every chunk is verified before it is written. When anything is not as it was sealed, the command says "authentication
failed", exits with 3, and leaves no file. FILE may be - for stdin, ID the
first digits of an id. It never makes a deployment. From a stack, an ID is read by a link that works
once, made for it.
JSON (with -o FILE): {bytes, out, ms}`,
  options: {
    output: { type: 'string', short: 'o', value: 'OUT', help: 'where to write; - is stdout' },
    range: { type: 'string', value: 'A-B', help: 'only bytes A to B, counted from 0, both included; A- to the end' },
    rendition: { type: 'string', value: 'KIND', help: 'with an ID: original (default), preview or display' },
    force: { type: 'boolean', short: 'f', help: 'replace an existing file; write to a terminal' },
    ...STACK,
  },
  operands: [1, 1],
  examples: [
    ['open photo.jpg.slv -o photo.jpg', 'a sealed file'],
    ['open 3f0c…e1 --rendition preview > preview.jpg', 'an object of the vault'],
    ['open http://127.0.0.1:7302/l/AQcA… -o photo.jpg', 'a link; spends one of its uses'],
    ['open big.slv --range 0-65535 | file -', 'the first 64 KiB'],
  ],
  async run({ output = STDIO, range, rendition: kind, force = false, stack: named }, [what = ''], { env, out }) {
    const started = performance.now()
    if (output === STDIO && out.json) throw new UsageError('--json needs -o FILE: the bytes go to stdout')
    const rendition = kind === undefined ? undefined : parseRendition(kind)
    await checkOutput(output, { force })
    const write = (chunks: Chunks, total: number | undefined) => writeWithBar(out, output, chunks, total, force)
    const isFile = what === STDIO || (await stat(what).catch(() => undefined)) !== undefined

    const stack = isFile ? undefined : await openStackOf({ stack: named }, env)

    let bytes: number
    if (stack) {
      const { chunks, total } = await readFromStack(stack, what, { rendition, range })
      bytes = await write(chunks, total)
    } else if (!isFile && isLinkUrl(what)) {
      if (rendition !== undefined) throw usage('open', 'a link is to one rendition already')
      const linked = await openLink(homeFolder(env), what, range)
      bytes = await linked.use((chunks, total) => write(chunks, total))
    } else if (!isFile && looksLikeId(what)) {
      await using deployment = await openDeployment(homeFolder(env), { create: false })
      const id = await orLost(deployment, () => objectId(deployment.catalogue, what))
      const row = await deployment.catalogue.object(id)
      const one = row && listed(row).find((named) => named.rendition === (rendition ?? 'original'))
      const wanted = range === undefined || one === undefined ? undefined : parseRange(range, one.ref.plaintextLength)
      // Also where there is nothing to read: that somebody asked is in the access log.
      const ask = () => readAsOwner(deployment, CLI_CALLER, id, rendition, wanted)
      const read = one ? await orKeyNotHere(deployment, one, () => orMissing(deployment, one, ask)) : await ask()
      if (read === undefined) {
        return await orLost(deployment, async () => {
          throw row ? noRendition(row, rendition ?? 'original') : noObject()
        })
      }
      bytes = await write(read.opened.stream(wanted), lengthOf(read.opened, wanted))
    } else {
      if (rendition !== undefined) throw usage('open', 'a sealed file holds one rendition')
      await using file = await openSealed(what)
      await using deployment = await openDeployment(homeFolder(env), { create: false })
      const { primitives, keyring } = deployment
      const open = () => openObject(primitives, keyring, file.source)
      const opened = await orFileKeyNotHere(deployment, file.source, () => orNotSealed(file.source, open))
      const wanted = range === undefined ? undefined : parseRange(range, opened.facts.plaintextLength)
      bytes = await write(opened.stream(wanted), lengthOf(opened, wanted))
    }
    if (output !== STDIO) out.result({ bytes, out: output, ms: Math.round(performance.now() - started) })
    return undefined
  },
})

function lengthOf(opened: OpenedObject, range: ByteRange | undefined): number {
  return range === undefined ? opened.facts.plaintextLength : range.last - range.first + 1
}

function writeWithBar(
  out: Output,
  path: string,
  chunks: Chunks,
  total: number | undefined,
  force: boolean,
): Promise<number> {
  const bar = out.progress('opening', total, 'bytes')
  return writeOutput(path, chunks, { force }, bar.update).finally(bar.end)
}
