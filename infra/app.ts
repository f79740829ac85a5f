/** What `cdk` runs: flags from its context, packages by esbuild, one stack, judged by cdk-nag before anything is deployed. */
import { App, Validations } from 'aws-cdk-lib'
import { Code } from 'aws-cdk-lib/aws-lambda'
import { AwsSolutionsChecks } from 'cdk-nag'
import { bundle } from './bundle.ts'
import { readFlags } from './flags.ts'
import { SafelightStack } from './stack.ts'

const app = new App()
const flags = readFlags((name) => app.node.tryGetContext(name))
const { architecture, policy } = flags
const { CDK_DEFAULT_REGION: region } = process.env
new SafelightStack(app, {
  flags,
  code: (name) => Code.fromAsset(bundle(name, { architecture, ...(policy !== undefined && { policy }) })),
  // CloudFront's firewall must know where it is; everything else may stay open until it is deployed.
  ...(flags.edge !== false && { env: { region } }),
})
// Throws on any finding that isn't acknowledged.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
app.synth()
