// Whatever the template lets anybody do, a line a statement: policies wherever they stand in it, so that no kind is missed.
import { fieldOf, listOf, textOf } from './policies.ts'
import type { Template } from './synth.ts'

/** `owner statement`, sorted; the owner is the resource that holds the policy, or each role that it is a policy of. */
export function mayOf(template: Template): readonly string[] {
  return Object.entries(template.Resources)
    .flatMap(([id, { Type, Properties }]) => {
      const holders = Type === 'AWS::Lambda::Permission' ? [Properties.FunctionName] : listOf(Properties.Roles)
      const owners = holders.length === 0 ? [bare(id)] : holders.map((holder) => nameOf(textOf(holder)))
      const lines = Type === 'AWS::Lambda::Permission' ? [invocation(Properties)] : documentsIn(Properties)
      return owners.flatMap((owner) => [...lines, ...managed(Properties)].map((line) => `${owner} ${line}`))
    })
    .toSorted()
}

/**
 * The list beside this file. Indented is what the owner above may; deeper goes the line on. `= FLAGS` begins what a stack with
 * these flags may besides (+) or may not (-).
 */
export function readMay(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  let [lines, owner]: [string[], string] = [[], '']
  for (const line of text.split('\n').filter((one) => one.trim() !== '' && !one.startsWith('#'))) {
    const flags = /^= (.*)$/.exec(line)?.[1]
    if (flags !== undefined) {
      lines = []
      found.set(flags, lines)
    } else if (/^\S/.test(line)) owner = line
    else if (/^ {6}/.test(line)) lines.push(`${lines.pop()} ${line.trim()}`)
    else lines.push(`${owner} ${line.trim()}`)
  }
  if (found.size < 2) throw new Error('the list holds nothing')
  return found
}

/** Statements at any depth: a key's policy, a role's trust, a policy inside a role, and what AWS will name otherwise. */
function documentsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  const statements = fieldOf(value, 'Statement')
  if (statements !== undefined) return listOf(statements).map(statementLine)
  return Object.values(value).flatMap(documentsIn)
}

function managed(properties: Readonly<Record<string, unknown>>): readonly string[] {
  const names = ['ManagedPolicyArns', 'PermissionsBoundary'].flatMap((name) => listOf(properties[name]))
  return names.map((arn) => `has ${bare(textOf(arn))}`)
}

/** Every field of a statement is told, known or not, so that none widens it unseen. */
function statementLine(statement: unknown): string {
  const { Sid, Effect, Action, Resource, Principal, Condition, ...others } = Object.fromEntries(
    Object.entries(statement ?? {}),
  )
  return [
    `${Sid ?? '-'}:`,
    ...(Effect === 'Allow' ? [] : [Effect === 'Deny' ? 'never' : String(Effect)]),
    listed(Action),
    ...(Resource === undefined ? [] : ['on', listed(Resource)]),
    ...(Principal === undefined ? [] : ['by', principal(Principal)]),
    ...(Condition === undefined ? [] : ['if', conditions(Condition)]),
    ...(Object.keys(others).length === 0 ? [] : [JSON.stringify(others)]),
  ].join(' ')
}

function invocation({ FunctionName: _, Action, Principal, ...only }: Readonly<Record<string, unknown>>): string {
  const held = Object.entries(only).map(([name, value]) => `${name}=${bare(textOf(value))}`)
  return [
    '-:',
    String(Action),
    'by',
    bare(textOf(Principal)),
    ...(held.length ? ['if', held.toSorted().join(' ')] : []),
  ].join(' ')
}

function principal(value: unknown): string {
  if (typeof value === 'string') return value
  return Object.entries(value ?? {})
    .map(([kind, who]) => `${kind} ${listed(who)}`)
    .join(' and ')
}

function conditions(value: unknown): string {
  return Object.entries(value ?? {})
    .flatMap(([operator, tests]) =>
      Object.entries(tests ?? {}).map(
        ([key, wanted]) => `${operator} ${key} = ${listed(wanted).replaceAll(', ', ' | ')}`,
      ),
    )
    .toSorted()
    .join(' and ')
}

function listed(value: unknown): string {
  return listOf(value)
    .map((one) => bare(textOf(one)))
    .toSorted()
    .join(', ')
}

function nameOf(reference: string): string {
  return bare(reference).replace(/^<(\w+)>$/, '$1')
}

/** Without the hash that CDK ends logical ids in. */
function bare(text: string): string {
  return text
    .replace(/<(\w+?)[0-9A-F]{8}>/g, '<$1>')
    .replace(/^(\w+?)[0-9A-F]{8}$/, '$1')
    .replaceAll('.<AWS::Region>.amazonaws.com', '.here')
    .replaceAll(/arn:<AWS::Partition>:(\w+):<AWS::Region>:<AWS::AccountId>:/g, '$1:here:')
    .replace('arn:<AWS::Partition>:iam::<AWS::AccountId>:root', '<Account>')
}
