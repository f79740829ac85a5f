/** `safelight doctor`: what is wrong with this deployment, and how to mend it. */
import { existsSync } from 'node:fs'
import { styleText } from 'node:util'
import { Unavailable } from '../../shared/platform/ports.ts'
import { defineCommand } from '../args.ts'
import { type Check, ok, problem } from '../checks/check.ts'
import { checkDeployment } from '../checks/deployment.ts'
import { checkRuntime } from '../checks/machine.ts'
import { checkModels } from '../checks/models.ts'
import { homePath, makingTrouble } from '../home.ts'
import { openStackOf, STACK } from '../place.ts'
import { asTyped } from '../typed.ts'

export const command = defineCommand({
  name: 'doctor',
  summary: 'find what is wrong and how to mend it',
  usage: ['[--stack NAME]'],
  description: `Checks runtime, models, keys (by a real round trip), permissions, backup, policy, disk, catalogue, that the vault holds
what the catalogue lists (safelight verify --all also reads it) under keys that are here, and failed items.
Of a stack: keys, uploads that wait or were given up, alarms, and what TLS really negotiates.
Changes nothing. Exit code 1 when something is wrong; warnings alone are 0.
JSON: {ok, checks: [{check, status: "ok"|"warning"|"problem", detail, mend?}]}`,
  options: { ...STACK },
  operands: [0, 0],
  examples: [
    ['doctor', 'after installing, and when something seems wrong'],
    ['doctor --json | jq \'.checks[] | select(.status != "ok")\'', 'for monitoring'],
  ],
  async run({ stack: named }, _operands, { env, out }) {
    const found: Check[] = [checkRuntime()]
    const stack = await openStackOf({ stack: named }, env).catch((error: unknown) => {
      if (!(error instanceof Unavailable)) throw error
      return problem('stack', error.message, error.advice ?? 'look at the name, AWS_REGION and the account')
    })
    if (stack && 'check' in stack) found.push(stack)
    else if (stack) {
      // The SDK, only where it is needed.
      const { checkStack } = await import('../checks/stack.ts')
      found.push(...(await checkStack(stack, env.AWS_REGION ?? env.AWS_DEFAULT_REGION)))
    } else found.push(...(await checkModels()), ...(await checkHome(homePath(env))))
    const checks = found.map(typed)
    const well = checks.every(({ status }) => status !== 'problem')
    out.result({ ok: well, checks }, checks.map(lineOf).join('\n'))
    return well ? undefined : 1
  },
})

async function checkHome(home: string): Promise<readonly Check[]> {
  const trouble = makingTrouble(home)
  if (trouble) return [problem('home', trouble.detail, trouble.mend)]
  if (existsSync(home)) return checkDeployment(home)
  return [ok('home', 'there is no deployment yet; safelight keys init makes one')]
}

const MARKS = { ok: ['green', 'ok'], warning: ['yellow', 'warning'], problem: ['red', 'problem'] } as const

function typed(check: Check): Check {
  const { detail, mend } = check
  return { ...check, detail: asTyped(detail), ...(mend !== undefined && { mend: asTyped(mend) }) }
}

function lineOf({ check, status, detail, mend }: Check): string {
  const [colour, word] = MARKS[status]
  const mark = styleText(colour, word.padEnd(7), { stream: process.stdout })
  return `${mark}  ${check}: ${detail}${mend === undefined ? '' : `\n         mend: ${mend}`}`
}
