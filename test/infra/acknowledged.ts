// Every acknowledgement of a cdk-nag rule in the stack: where, which, why.
import { Validations } from 'aws-cdk-lib'
import { withStack } from './synth.ts'

export interface Acknowledgement {
  /** Of the construct. */
  readonly path: string
  readonly id: string
  readonly reason: string
}

export function acknowledgements(flags: Readonly<Record<string, unknown>>, region?: string): Acknowledgement[] {
  return withStack(flags, region, (app) =>
    app.node.findAll().flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.entries(data ?? {}))
        .map(([id, reason]) => ({ path: node.path, id: id.replace(/^annotation::/i, ''), reason: String(reason) })),
    ),
  )
}
