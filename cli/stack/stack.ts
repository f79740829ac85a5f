/**
 * A deployed stack as the command line works on it: buckets and catalogue by the operator's own AWS permissions, and the
 * stack's functions for what needs powers that no operator holds. The one place where the command line chooses AWS.
 */
import * as z from 'zod'
import { openDynamoCatalogue } from '../../shared/platform/aws/catalogue.ts'
import { FunctionRefused, openInvoke } from '../../shared/platform/aws/invoke.ts'
import { openS3Objects } from '../../shared/platform/aws/objects.ts'
import { orderLink } from '../../shared/platform/aws/ordered.ts'
import { type Described, describeStack, type Outputs } from '../../shared/platform/aws/outputs.ts'
import { nodePrimitives } from '../../shared/platform/crypto.ts'
import { type Catalogue, type Clock, type Objects, Unavailable } from '../../shared/platform/ports.ts'
import { CommandFailed } from '../errors.ts'

export interface Stack extends AsyncDisposable {
  readonly kind: 'stack'
  readonly name: string
  /** What the stack tells of itself. @throws CommandFailed where an older version deployed it, without this one */
  output(which: keyof Outputs): string
  /** The outputs that it has not. */
  readonly lacking: Described['lacking']
  readonly primitives: typeof nodePrimitives
  readonly objects: Objects
  readonly catalogue: Catalogue
  readonly clock: Clock
  /** Calls a function by its output's name and reads its answer. @throws CommandFailed with the function's own words; Unavailable */
  call<T extends z.ZodType>(functionName: string, order: unknown, answer: T): Promise<z.output<T>>
  /** Orders a link, signed, so that the stack knows who asked. @throws CommandFailed, Unavailable */
  link(order: unknown): Promise<z.output<typeof linkMade>>
}

const refusal = z.object({ error: z.string(), hint: z.string().optional() })
const linkMade = z.object({ url: z.url(), expires: z.iso.datetime(), link: z.string(), uses: z.number() })

function read<T extends z.ZodType>(answer: unknown, expected: T): z.output<T> {
  const refused = refusal.safeParse(answer)
  if (refused.success) throw new CommandFailed(refused.data.error, refused.data.hint)
  const parsed = expected.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new Unavailable('the stack answered in a way that this version does not know: deploy it again')
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof FunctionRefused ? new CommandFailed(error.message, "the function's log says more") : error
  }
}

/** A command goes on that needs no output which an older deployment lacks. */
export function outputOf(name: string, { outputs }: Described): Stack['output'] {
  return (which) => {
    const value = outputs[which]
    if (value !== undefined) return value
    throw new CommandFailed(
      `the stack ${name} was deployed by an older version, and has no ${which} yet`,
      'npm run deploy',
    )
  }
}

/** @throws Unavailable when there is no such stack, or it can't be read with these credentials */
export async function openStack(name: string): Promise<Stack> {
  const described = await describeStack(name)
  const output = outputOf(name, described)
  const invoke = openInvoke()
  return {
    kind: 'stack',
    ...{ name, output, lacking: described.lacking, primitives: nodePrimitives, clock: { now: () => Date.now() } },
    objects: openS3Objects({ intake: output('IntakeBucketName'), vault: output('VaultBucketName') }),
    catalogue: openDynamoCatalogue(output('CatalogueTableName')),
    call: async (functionName, order, answer) => read(await told(() => invoke(functionName, order)), answer),
    link: async (order) => {
      const at = { LinkUrl: output('LinkUrl'), LinkFunctionName: output('LinkFunctionName') }
      return read(await orderLink(at, order, invoke), linkMade)
    },
    async [Symbol.asyncDispose]() {},
  }
}
