/** `safelight intake`: makes a bucket that exists the place where uploads to a stack arrive. */
import { adoptBucket } from '../../shared/platform/aws/adopt.ts'
import { defineCommand, usage } from '../args.ts'
import { CommandFailed } from '../errors.ts'

export const command = defineCommand({
  name: 'intake',
  summary: 'prepare an existing bucket for uploads to a stack',
  usage: ['adopt BUCKET'],
  description: `Makes an S3 bucket of this account and region tell EventBridge of new objects, and keeps whatever notifications it
has. Then deploy with that bucket as intake: whatever arrives in it is sealed, and once the sealed copy has been
verified, the upload is erased in all versions. So a bucket is refused that keeps no versions, is under Object Lock,
is replicated, or is a vault or another bucket of Safelight's own. It works by your AWS credentials. Run again, it
changes nothing. What lies in the bucket already is sealed too, once it is deployed: by the stack's sweep, or sooner
by safelight backfill.
JSON: {bucket, changed, kept}`,
  options: {},
  operands: [2, 2],
  examples: [
    ['intake adopt our-uploads', 'and then: npm run deploy -- -c intake=our-uploads'],
    ['intake adopt our-uploads --json', 'what changed, for a script'],
  ],
  async run(_values, [action, bucket = ''], { out }) {
    if (action !== 'adopt') throw usage('intake', `there is no safelight intake ${action}`)
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw usage('intake', 'that is no name of a bucket')
    const adoption = await adoptBucket(bucket)
    if (!adoption.adopted) {
      throw new CommandFailed(
        `${bucket} can't be adopted: ${adoption.reasons.join('; ')}`,
        'adopt another bucket, or deploy without intake=, which makes one',
      )
    }
    const { changed, kept } = adoption
    const others = kept === 0 ? '' : `; ${kept === 1 ? 'the notification' : `the ${kept} notifications`} it had stay`
    out.result(
      { bucket, changed, kept },
      `${bucket} ${changed ? 'now tells' : 'told already'} EventBridge of new objects${others}`,
    )
    out.note(`next: npm run deploy -- -c intake=${bucket}`)
    return undefined
  },
})
