/** Commands as values: what they take, how they explain themselves, and typed arguments for what they run. */
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'
import { codeOf, EXIT, UsageError } from './errors.ts'
import { createOutput, type Output } from './output.ts'

export interface OptionSpec extends ParseArgsOptionDescriptor {
  readonly help: string
  /** What stands for the value in the help: `OUT` in `-o, --output OUT`. */
  readonly value?: string
}

type OptionSpecs = Readonly<Record<string, OptionSpec>>

const COMMON = {
  json: { type: 'boolean', help: 'print results as JSON, one object a line' },
  help: { type: 'boolean', short: 'h', help: 'show this help' },
} as const satisfies OptionSpecs

export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly out: Output
}

type Parsed<O extends OptionSpecs> = ReturnType<
  typeof parseArgs<{ options: O & typeof COMMON; strict: true; allowPositionals: true }>
>

export interface CommandSpec<O extends OptionSpecs> {
  readonly name: string
  /** One line of the list of commands: starts with a verb, no full stop. */
  readonly summary: string
  /** What follows the command's name: `IN [-o OUT]`. One line a form. */
  readonly usage: readonly string[]
  readonly description: string
  readonly options: O
  /** Fewest and most operands. */
  readonly operands: readonly [least: number, most: number]
  readonly examples: readonly (readonly [line: string, does: string])[]
  /** @returns an exit code, nothing for 0. */
  run(values: Parsed<O>['values'], operands: readonly string[], context: Context): Promise<number | undefined>
}

export interface Command {
  readonly name: string
  readonly summary: string
  readonly help: string
  run(argv: readonly string[], env: Context['env']): Promise<number>
}

export function defineCommand<const O extends OptionSpecs>(spec: CommandSpec<O>): Command {
  const { name, summary } = spec
  const options = { ...spec.options, ...COMMON }
  const help = helpOf(spec, options)
  return {
    ...{ name, summary, help },
    async run(argv, env) {
      const { values, positionals } = parse(name, () =>
        parseArgs({ args: [...argv], options, strict: true, allowPositionals: true }),
      )
      const [least, most] = spec.operands
      if (positionals.length < least) throw usage(name, missingIn(spec))
      if (positionals.length > most) throw usage(name, `too many arguments: ${positionals[most]}`)
      const out = createOutput(argv.includes('--json'))
      return (await spec.run(values, positionals, { env, out })) ?? EXIT.ok
    },
  }
}

/** `FILE is missing`, or the actions to choose from: the usage's own words. */
function missingIn({ usage: forms }: CommandSpec<OptionSpecs>): string {
  const firsts = [...new Set(forms.map((form) => form.split(' ', 1)[0] ?? ''))]
  const [operand = ''] = firsts
  if (/^[A-Z]/.test(operand)) return `${operand.replace('…', '').split('|').join(' or ')} is missing`
  return `say which: ${firsts.join(', ')}`
}

function parse<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!codeOf(error)?.startsWith('ERR_PARSE_ARGS') || !(error instanceof Error)) throw error
    const sentence = error.message.split(/[.\n]/, 1)[0] ?? ''
    throw usage(name, sentence.charAt(0).toLowerCase() + sentence.slice(1))
  }
}

export function usage(name: string, message: string): UsageError {
  return new UsageError(message, `safelight ${name} --help shows how it is used`)
}

function helpOf(spec: CommandSpec<OptionSpecs>, options: OptionSpecs): string {
  const rows = Object.entries(options).map(([long, { short, value, help }]): [string, string] => {
    const flags = `${short ? `-${short}, ` : '    '}--${long}${value ? ` ${value}` : ''}`
    return [flags, help]
  })
  const width = Math.max(...rows.map(([flags]) => flags.length))
  return [
    spec.usage.map((form, i) => `${i === 0 ? 'usage:' : '      '} safelight ${spec.name} ${form}`.trimEnd()).join('\n'),
    spec.description,
    ['options:', ...rows.map(([flags, help]) => `  ${flags.padEnd(width)}  ${help}`)].join('\n'),
    ['examples:', ...spec.examples.map(([line, does]) => `  safelight ${line}\n      ${does}`)].join('\n'),
  ].join('\n\n')
}
