/**
 * What `npm run deploy` asks before it deploys: whether the flags are those that the stack was deployed with, because one that
 * is left out takes back what it did, and whether the bucket that it names can be an intake. Run by scripts/deploy.mjs with the
 * arguments of `cdk deploy`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as z from 'zod'
import { adoptBucket } from '../shared/platform/aws/adopt.ts'
import { describeStack } from '../shared/platform/aws/outputs.ts'
import { Unavailable } from '../shared/platform/ports.ts'
import { type Flags, readFlags } from './flags.ts'

type Given = Flags['given']

/** The context among arguments: `-c name=value`, in each way of writing it. Whatever else is there is `cdk`'s. */
export function contextIn(args: readonly string[]): Readonly<Record<string, string>> {
  const { values } = parseArgs({
    ...{ args: [...args], strict: false, allowPositionals: true },
    options: { context: { type: 'string', short: 'c', multiple: true } },
  })
  const given = (values.context ?? []).filter((value) => typeof value === 'string')
  return Object.fromEntries(given.map((text) => [text.split('=', 1)[0] ?? '', text.slice(text.indexOf('=') + 1)]))
}

const file = z.object({ context: z.record(z.string(), z.unknown()).default({}) })

/** As CDK reads it: a person's own file, then the project's two. */
function contextInFiles(): Readonly<Record<string, unknown>> {
  const read = (path: string): unknown => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {})
  const root = join(import.meta.dirname, '..')
  return {
    ...file.parse(read(join(homedir(), '.cdk.json'))).context,
    ...z.record(z.string(), z.unknown()).parse(read(join(root, 'cdk.context.json'))),
    ...file.parse(read(join(root, 'cdk.json'))).context,
  }
}

/** In words, for each flag that is not what it was. */
export function changesOf(was: Given, is: Given): readonly string[] {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().flatMap((name) => {
    if (was[name] === is[name]) return []
    if (is[name] === undefined) return [`${name}=${was[name]} is left out`]
    return [was[name] === undefined ? `${name}=${is[name]} is new` : `${name}=${is[name]} was ${was[name]}`]
  })
}

/** @returns undefined for a stack that is still to be made, and for one from before it told its flags. @throws Unavailable */
async function deployedFlags(stack: string): Promise<Given | undefined> {
  try {
    const { Flags: told } = (await describeStack(stack)).outputs
    return told === undefined ? undefined : z.record(z.string(), z.string()).parse(JSON.parse(told))
  } catch (error) {
    // Without advice it is not AWS that refused: there is no such stack yet, or it was never deployed whole.
    if (error instanceof Unavailable && error.advice === undefined) return undefined
    throw error
  }
}

/** @returns why it should not be deployed, and what to do; undefined when nothing is against it. @throws Unavailable */
export async function against(
  args: readonly string[],
  inFiles: Readonly<Record<string, unknown>> = contextInFiles(),
): Promise<{ readonly error: string; readonly hint: string } | undefined> {
  const context: Readonly<Record<string, unknown>> = { ...inFiles, ...contextIn(args) }
  const { stack, given, intake } = readFlags((name) => context[name])
  const was = await deployedFlags(stack)
  const changes = was === undefined ? [] : changesOf(was, given)
  if (changes.length > 0 && !args.includes(CHANGE)) {
    return {
      error: `${stack} was deployed with other flags: ${changes.join('; ')}`,
      hint: `give the same ones, best in the context of cdk.json; where they are to change: npm run deploy -- ${CHANGE} …`,
    }
  }
  const adoption = intake === undefined ? undefined : await adoptBucket(intake)
  if (adoption?.adopted !== false) return undefined
  return { error: `${intake} can't be an intake: ${adoption.reasons.join('; ')}`, hint: 'name another bucket, or none' }
}

/** Says that the flags are meant to change. */
const CHANGE = '--change-flags'

if (import.meta.main) {
  const args = process.argv.slice(2)
  const { profile } = parseArgs({
    ...{ args, strict: false, allowPositionals: true },
    options: { profile: { type: 'string' } },
  }).values
  if (typeof profile === 'string') process.env.AWS_PROFILE = profile
  try {
    const refusal = await against(args)
    if (refusal) {
      console.error(`error: ${refusal.error}\nhint: ${refusal.hint}`)
      process.exitCode = 1
    }
  } catch (error) {
    // Of flags, too: readFlags names each wrong one.
    console.error(`error: ${error instanceof Error ? error.message : 'what was asked of AWS failed'}`)
    process.exitCode = 1
  }
}
