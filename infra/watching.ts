/** The bus on which functions tell what they did: steps of uploads, reads by link. Opaque ids only; nothing depends on it. */
import { EventBus } from 'aws-cdk-lib/aws-events'
import { Construct } from 'constructs'
import type { Flags } from './flags.ts'

export class Watching extends Construct {
  readonly bus: EventBus

  constructor(scope: Construct, id: string, { flags }: { readonly flags: Flags }) {
    super(scope, id)
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: `${flags.stack}-watch`,
      description: `${flags.stack}: steps of uploads and reads`,
    })
  }
}
