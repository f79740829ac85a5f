// Policies of the synthesised template as plain statements, so that tests can ask what a role may do to what.
import type { Resource, Template } from './synth.ts'

export interface Statement {
  readonly Sid?: string
  readonly Effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  /** Each resource as text: `<LogicalId>` for what this template holds, its suffix after it. */
  readonly resources: readonly string[]
  readonly conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly principal: unknown
}

export function ofType(template: Template, type: string): readonly (readonly [id: string, resource: Resource])[] {
  const found = Object.entries(template.Resources).filter(([, { Type }]) => Type === type)
  if (found.length === 0) throw new Error(`the template holds no ${type}`)
  return found
}

/** The Lambda function whose environment and code are those of this feature: found by its description. */
export function functionOf(template: Template, word: string): Resource {
  const found = ofType(template, 'AWS::Lambda::Function').filter(([id]) => id.includes(word))
  const [first] = found
  if (!first || found.length > 1) throw new Error(`${found.length} functions are named ${word}`)
  return first[1]
}

/** Every statement of every policy of that function's role, its inline policies included. */
export function statementsOf(template: Template, word: string): readonly Statement[] {
  const role = textOf(functionOf(template, word).Properties.Role)
  const policies = ofType(template, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
    listOf(Properties.Roles).some((given) => `${textOf(given)}.Arn`.includes(role) || textOf(given) === role),
  )
  const [, resource] = ofType(template, 'AWS::IAM::Role').find(([id]) => role === `<${id}>`) ?? []
  if (!resource) throw new Error(`${word} has no role of its own`)
  if (resource.Properties.ManagedPolicyArns || resource.Properties.Policies) {
    throw new Error(`${word} has policies that these tests don't read`)
  }
  const statements = policies.flatMap(([, { Properties }]) => documentOf(Properties.PolicyDocument))
  if (statements.length === 0) throw new Error(`${word} may do nothing, which can't be`)
  return statements
}

export function documentOf(document: unknown): readonly Statement[] {
  const raw = listOf(fieldOf(document, 'Statement'))
  return raw.map((statement) => {
    const effect = fieldOf(statement, 'Effect')
    const sid = fieldOf(statement, 'Sid')
    if (effect !== 'Allow' && effect !== 'Deny') throw new Error('a statement neither allows nor denies')
    if (fieldOf(statement, 'NotAction') ?? fieldOf(statement, 'NotResource')) throw new Error('a statement says Not')
    return {
      ...(typeof sid === 'string' && { Sid: sid }),
      Effect: effect,
      actions: listOf(fieldOf(statement, 'Action')).map(String),
      resources: listOf(fieldOf(statement, 'Resource')).map(textOf),
      conditions: conditionsOf(fieldOf(statement, 'Condition')),
      principal: fieldOf(statement, 'Principal'),
    }
  })
}

export function allowed(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter(({ Effect }) => Effect === 'Allow')
}

export function actionsOf(statements: readonly Statement[]): readonly string[] {
  return allowed(statements).flatMap(({ actions }) => actions)
}

/** What is allowed on resources whose text holds `part`. */
export function actionsOn(statements: readonly Statement[], part: string): readonly string[] {
  return actionsOf(statements.filter(({ resources }) => resources.some((resource) => resource.includes(part))))
}

export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** Intrinsics as text: `Ref` and `GetAtt Arn` become `<Id>`, joins are joined. */
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const [name, given] = Object.entries(value)[0] ?? []
  if (name === 'Ref') return `<${given}>`
  if (name === 'Fn::GetAtt') return `<${listOf(given)[0]}>`
  if (name === 'Fn::Join') {
    const [separator, parts] = listOf(given)
    return listOf(parts).map(textOf).join(String(separator))
  }
  return JSON.stringify(value)
}

function conditionsOf(value: unknown): Statement['conditions'] {
  return Object.fromEntries(
    Object.entries(value ?? {}).map(([operator, tests]) => [operator, Object.fromEntries(Object.entries(tests ?? {}))]),
  )
}
