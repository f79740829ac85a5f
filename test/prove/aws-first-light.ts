// The stack on MiniStack: photographs sealed, verified, catalogued, erased, opened byte for byte, also with IAM enforced; streams cut and held back.

import { finish } from './report.ts'
import { checkSuites } from './suites.ts'

checkSuites(['test/aws/end-to-end.test.ts', 'test/aws/end-to-end-roles.test.ts', 'test/aws/streaming.test.ts'])
finish()
