// The template as CloudFormation would get it, from the real stack with empty packages: what is judged here is wiring.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App, Validations } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { AwsSolutionsChecks } from 'cdk-nag'
import cdk from '../../cdk.json' with { type: 'json' }
import { readFlags } from '../../infra/flags.ts'
import { SafelightStack } from '../../infra/stack.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export interface Resource {
  readonly Type: string
  readonly Properties: Readonly<Record<string, unknown>>
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly DependsOn?: readonly string[]
}
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
}

/** @param flags as on the command line. @throws what `cdk synth` throws, cdk-nag's findings among it */
export function synth(flags: Readonly<Record<string, unknown>> = {}, region?: string): Template {
  return withStack(flags, region, (app, stack) => {
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    return app.synth().getStackByName(stack.stackName).template
  })
}

export function withStack<T>(
  flags: Readonly<Record<string, unknown>>,
  region: string | undefined,
  look: (app: App, stack: SafelightStack) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'safelight-synth-'))
  try {
    writeFileSync(join(folder, 'index.mjs'), 'export const handler = async () => {}\n')
    const context = { ...cdk.context, ...flags }
    const app = new App({ context, outdir: join(folder, 'out'), analyticsReporting: false })
    const stack = new SafelightStack(app, {
      flags: readFlags((name) => app.node.tryGetContext(name)),
      code: () => Code.fromAsset(folder, { exclude: ['out'] }),
      ...(region !== undefined && { env: { region } }),
    })
    return look(app, stack)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
