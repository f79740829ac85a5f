/** Where a command works: the home on this machine, or, with `--stack NAME`, a deployed stack. */
import type { Context } from './args.ts'
import { type Deployment, openDeployment } from './deployment.ts'
import { homeFolder } from './home.ts'
import type { Stack } from './stack/stack.ts'
import { aboutStack } from './typed.ts'

export type Place = Deployment | Stack

export const STACK = {
  stack: {
    type: 'string',
    value: 'NAME',
    help: 'work on this deployed stack, by your AWS credentials (or SAFELIGHT_STACK)',
  },
} as const

interface Chosen {
  readonly stack?: string | undefined
}

/** Undefined when the command is about this machine. The SDK is loaded only where it is needed. @throws Unavailable */
export async function openStackOf({ stack }: Chosen, env: Context['env']): Promise<Stack | undefined> {
  const name = stack ?? env.SAFELIGHT_STACK
  if (name === undefined || name === '') return undefined
  if (stack !== undefined) aboutStack(stack)
  const { openStack } = await import('./stack/stack.ts')
  return openStack(name)
}

/** @throws CommandFailed, Unavailable */
export async function openPlace(chosen: Chosen, env: Context['env']): Promise<Place> {
  return (await openStackOf(chosen, env)) ?? openDeployment(homeFolder(env), { create: false })
}
