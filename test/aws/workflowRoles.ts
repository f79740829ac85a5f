// What the roles of the workflows are refused and what they may do. MiniStack's Step Functions lists, sends and calls by nobody's
// role, whatever IAM says, so that a workflow which runs there shows nothing of its role: each role is given to a function instead,
// which attempts the calls.
import { LambdaClient, UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda'
import type { Outputs } from '../../shared/platform/aws/outputs.ts'
import type { Case } from './roles.ts'
import { roleOfWorkflow } from './workflow.ts'

export interface WorkflowCases {
  readonly arn: string
  readonly cases: readonly Case[]
}

/** The emulator's address must be in this process's environment. */
export async function giveRoleOf(stateMachineArn: string, FunctionName: string): Promise<void> {
  const client = new LambdaClient()
  const Role = await roleOfWorkflow(stateMachineArn)
  // For a role alone MiniStack ends no warm process, which would go on under the old one.
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Role, Timeout: 60 }))
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName })
}

export function workflowCasesOf(stack: Outputs): Readonly<Record<string, WorkflowCases>> {
  const { IntakeBucketName: intake, VaultBucketName: vault, BackfillBucketName: work } = stack
  const neither: readonly Case[] = [
    ['reads an upload', 'refused', { call: 'get', bucket: intake, key: 'upload' }],
    ['erases an upload', 'refused', { call: 'erase', bucket: intake, key: 'upload', version: 'null' }],
    ['reads a sealed object', 'refused', { call: 'get', bucket: vault, key: 'o/0' }],
    ['adds an envelope', 'refused', { call: 'put', bucket: vault, key: 'e/9' }],
    ['lists the vault', 'refused', { call: 'list', bucket: vault }],
    ['makes a data key', 'refused', { call: 'generate-data-key', key: stack.DataKeyArn }],
    ['reads the index key', 'refused', { call: 'read-secret', secret: stack.IndexSecretName }],
    ['erases for good', 'refused', { call: 'invoke', function: stack.EraseFunctionName }],
    ['makes keys', 'refused', { call: 'invoke', function: stack.KeysFunctionName }],
    ['sends to verify', 'refused', { call: 'send', queue: stack.VerifyQueueUrl }],
    [
      'reads the catalogue',
      'refused',
      { call: 'read-row', table: stack.CatalogueTableName, row: { pk: 'object#0', sk: 'x' } },
    ],
  ]
  return {
    'backfill workflow': {
      arn: stack.BackfillWorkflowArn,
      cases: [
        ['lists intake', 'done', { call: 'list', bucket: intake }],
        ['reads an inventory', 'done', { call: 'get', bucket: work, key: 'inventory/0' }],
        ['writes results', 'done', { call: 'put', bucket: work, key: 'results/0' }],
        ['tells seal', 'done', { call: 'send', queue: stack.SealQueueUrl }],
        ['writes an inventory', 'refused', { call: 'put', bucket: work, key: 'inventory/1' }],
        ['calls rewrap', 'refused', { call: 'invoke', function: stack.RewrapFunctionName }],
        ...neither,
      ],
    },
    'rewrap workflow': {
      arn: stack.RewrapWorkflowArn,
      cases: [
        ['calls rewrap', 'done', { call: 'invoke', function: stack.RewrapFunctionName }],
        ['lists intake', 'refused', { call: 'list', bucket: intake }],
        ['tells seal', 'refused', { call: 'send', queue: stack.SealQueueUrl }],
        ['reads an inventory', 'refused', { call: 'get', bucket: work, key: 'inventory/0' }],
        ...neither,
      ],
    },
  }
}
