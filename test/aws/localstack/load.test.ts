/** Sixty pictures through a stack on LocalStack. */

import { bearsSixty } from '../load/sixty.ts'
import { startLocalStack } from '../localstack.ts'

bearsSixty(startLocalStack, { plainMaps: true })
