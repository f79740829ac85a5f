/** The workflows on LocalStack's Step Functions, as they are deployed there. */
import { startLocalStack } from '../localstack.ts'
import { describeWorkflows } from '../workflows.ts'

describeWorkflows(startLocalStack, { plain: true })
