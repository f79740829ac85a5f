/** `safelight verify`: opens a sealed file to its last byte and keeps nothing of it. */
import { equal } from '../../shared/keys/encoding.ts'
import { AuthenticationFailed } from '../../shared/platform/ports.ts'
import { openObject } from '../../shared/vault/open.ts'
import { defineCommand } from '../args.ts'
import { openDeployment } from '../deployment.ts'
import { homeFolder } from '../home.ts'
import { formatBytes } from '../output.ts'
import { openSealed } from '../sealed.ts'

export const command = defineCommand({
  name: 'verify',
  summary: 'check every byte of a sealed file',
  usage: ['IN'],
  description: `Opens a sealed file with the deployment's keys, checks every chunk and the digest of the whole, and writes nothing.
Exit code 3 when anything in it is not as it was sealed. IN may be - for stdin.
JSON: {ok, bytes}`,
  options: {},
  operands: [1, 1],
  examples: [
    ['verify photo.slv', 'one file'],
    ['verify - < photo.slv && echo sound', 'in a script'],
  ],
  async run(_values, [path = ''], { env, out }) {
    await using file = await openSealed(path)
    await using deployment = await openDeployment(homeFolder(env), { create: false })
    const { primitives, keyring } = deployment
    const opened = await openObject(primitives, keyring, file.source)
    const bar = out.progress('verifying', opened.facts.plaintextLength, 'bytes')
    const hash = primitives.sha256Stream()
    let bytes = 0
    try {
      for await (const chunk of opened.stream()) {
        hash.update(chunk)
        bytes += chunk.length
        bar.update(bytes)
      }
    } finally {
      bar.end()
    }
    if (!equal(hash.digest(), opened.metadata.sha256)) throw new AuthenticationFailed()
    out.result({ ok: true, bytes }, `sound: every one of ${bytes} bytes (${formatBytes(bytes)}) is as it was sealed`)
    return undefined
  },
})
