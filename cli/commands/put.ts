/** `safelight put`: files go through the same pipeline as an upload, and the command waits until each is sealed. */
import { lstat, rm, stat } from 'node:fs/promises'
import { type ObjectRow, Unavailable } from '../../shared/platform/ports.ts'
import { tierAt } from '../../shared/policy/types.ts'
import { type Context, defineCommand } from '../args.ts'
import { CommandFailed } from '../errors.ts'
import { type InputFile, openInput, STDIO } from '../files.ts'
import { homeFolder } from '../home.ts'
import { newUploadKey, receive } from '../host/arrivals.ts'
import { hintOf } from '../host/hints.ts'
import { startWorks, type Works } from '../host/works.ts'
import { endWhenOrphaned } from '../orphan.ts'
import { formatBytes } from '../output.ts'
import { openStackOf, STACK } from '../place.ts'
import { beginsSealed } from '../sealed.ts'
import { putIntoStack } from '../stack/put.ts'
import type { Stack } from '../stack/stack.ts'

export const command = defineCommand({
  name: 'put',
  summary: 'seal files into the deployment',
  usage: ['FILE… [--erase] [--stack NAME]'],
  description: `Copies each file into intake, waits until it is sealed, verified and in the vault, and says its id.
The originals stay unless --erase; then each is removed once its sealed object was opened and compared; a symbolic
link is refused then, because what it points to would stay. FILE may be -.
Where a file fails, its copy stays in intake and is tried again by safelight serve.
JSON, one line a file: {file, id, tier, size, erased, ms}`,
  options: {
    erase: { type: 'boolean', help: 'remove each original after it is sealed and verified' },
    ...STACK,
  },
  operands: [1, 10_000],
  examples: [
    ['put photo.jpg', 'one file'],
    ['put --erase --json scans/*.png', 'many, and away with the originals'],
  ],
  async run({ erase = false, stack: named }, operands, { env, out }) {
    const inputs = await inputsOf(operands, erase, out)
    const stack = await openStackOf({ stack: named }, env)
    await using seal = stack ? intoStack(stack, out) : await intoHome(homeFolder(env), out)
    const bar = out.progress('sealing', inputs.length, 'items')
    for (const [i, input] of inputs.entries()) {
      const started = performance.now()
      const file = operands[i] ?? ''
      bar.update(i)
      const row = await seal.put(file, input).finally(bar.end)
      const erased = erase && (await eraseUnchanged(file, input))
      if (erase && !erased) out.warn(`${file} was kept: it changed while it was being sealed, or is no file`)
      const tier = tierAt(row.tier)
      const shown = {
        file,
        id: row.id,
        tier,
        size: row.plaintextLength,
        erased,
        ms: Math.round(performance.now() - started),
      }
      out.result(shown, `${file}: ${tier}, ${formatBytes(row.plaintextLength)}, ${row.id}`)
    }
    return undefined
  },
})

interface Sealing extends AsyncDisposable {
  put(file: string, input: InputFile): Promise<ObjectRow>
}

async function intoHome(home: string, out: Context['out']): Promise<Sealing> {
  const works = await startWorks(home, ({ event, reason, final }) => {
    if (event === 'failed' && final === 'false') out.note(`${reason}: trying again`)
  })
  const end = endWhenOrphaned(home, out)
  for (const problem of await works.pump.problems()) out.warn(problem)
  return {
    put: (file, input) => sealUpload(works, file, input, out),
    async [Symbol.asyncDispose]() {
      end[Symbol.dispose]()
      await works[Symbol.asyncDispose]()
    },
  }
}

function intoStack(stack: Stack, out: Context['out']): Sealing {
  return {
    put: (file, input) => putIntoStack(stack, input, () => warnIfChanged(file, input, out)),
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  }
}

/** @throws CommandFailed with the reason when it failed for good; its plaintext is then still in intake */
async function sealUpload(
  { arrivals, deployment, settled }: Works,
  file: string,
  input: InputFile,
  out: Context['out'],
): Promise<ObjectRow> {
  const about = { uploader: 'cli', ...(input.name !== undefined && { fileName: input.name }) }
  const info = await receive(arrivals, newUploadKey(deployment.primitives), input.read(), about)
  if (info === undefined) throw new Unavailable('intake already holds an upload of this key')
  await warnIfChanged(file, input, out)
  const end = await settled(info)
  if ('failed' in end) throw new CommandFailed(`could not be sealed: ${end.failed}`, hintOf(end.failed))
  const row = await deployment.catalogue.object(end.objectId)
  if (row === undefined) throw new Unavailable('the object was deleted as soon as it was sealed')
  return row
}

/** Everything that can be refused is refused before anything is done. @throws CommandFailed naming the file */
async function inputsOf(
  operands: readonly string[],
  erase: boolean,
  out: Context['out'],
): Promise<readonly InputFile[]> {
  const inputs: InputFile[] = []
  for (const file of operands) {
    const input = await openInput(file)
    inputs.push(input)
    if (file === STDIO) continue
    if (erase) await checkErasable(file, out)
    // What can be read only once isn't looked at.
    if (input.size !== undefined && (await beginsSealed(input.read()))) {
      out.warn(
        `${file} is a sealed file: it will be sealed once more, unseen`,
        `safelight open ${file} gets the picture`,
      )
    }
  }
  return inputs
}

/** Other names of a file keep what erasing one of them was to take away. */
async function checkErasable(file: string, out: Context['out']): Promise<void> {
  const found = await lstat(file)
  if (found.isSymbolicLink()) {
    throw new CommandFailed(
      `${file}: a symbolic link; --erase would remove the link and leave the picture`,
      'name the file it points to, or leave --erase away',
    )
  }
  if (found.nlink < 2) return
  const names = found.nlink === 2 ? 'another name' : `${found.nlink - 1} other names`
  out.warn(`${file} has ${names} (hard links): there the picture stays, also after --erase`)
}

async function warnIfChanged(file: string, input: InputFile, out: Context['out']): Promise<void> {
  if (!(await hasChanged(file, input))) return
  out.warn(
    `${file} changed while it was read: what is sealed may be partly the old and partly the new`,
    'put it again when nobody writes to it',
  )
}

/** Whether it is another file now than when it was opened; what has no size can't be told. */
async function hasChanged(path: string, { size, modified }: InputFile): Promise<boolean> {
  if (path === STDIO || size === undefined) return false
  const now = await stat(path).catch(() => undefined)
  return now?.size !== size || now.mtimeMs !== modified
}

/** What was sealed is what the file held when it was read; a file that is another one now has not been sealed. */
async function eraseUnchanged(path: string, { size, modified }: InputFile): Promise<boolean> {
  if (path === STDIO) return false
  const now = await lstat(path).catch(() => undefined)
  if (now === undefined || !now.isFile() || now.size !== size || now.mtimeMs !== modified) return false
  await rm(path)
  return true
}
