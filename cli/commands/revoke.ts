/** `safelight revoke`: ends links before their time. */
import { readToken } from '../../shared/links/token.ts'
import { isLinkUrl, tokenOfPath } from '../../shared/links/url.ts'
import { defineCommand } from '../args.ts'
import { CommandFailed } from '../errors.ts'
import { linkId } from '../ids.ts'
import { openPlace, type Place, STACK } from '../place.ts'

export const command = defineCommand({
  name: 'revoke',
  summary: 'make links stop working',
  usage: ['LINK… [--stack NAME]'],
  description: `Revokes links, named by their id (safelight links) or by their whole address.
What was read already stays read. Revoking twice is fine. Exit code 1 when there is no such link.
JSON, one line a link: {link, revoked}`,
  options: { ...STACK },
  operands: [1, 10_000],
  examples: [
    ['revoke 90aa17…3c', 'by id'],
    ['revoke http://127.0.0.1:7302/l/AQcA…', 'by address'],
  ],
  async run({ stack }, operands, { env, out }) {
    await using place = await openPlace({ stack }, env)
    const links = await Promise.all(operands.map((operand) => linkIdOf(place, operand)))
    let missing = 0
    for (const link of links) {
      const revoked = await place.catalogue.revoke(link)
      if (!revoked) missing++
      out.result({ link, revoked }, revoked ? `${link}: revoked` : undefined)
      if (!revoked) out.fail({ exitCode: 1, message: `${link}: there is no such link` })
    }
    return missing === 0 ? undefined : 1
  },
})

async function linkIdOf(place: Place, operand: string): Promise<string> {
  if (!isLinkUrl(operand)) return linkId(place.catalogue, operand)
  if (place.kind === 'stack') {
    throw new CommandFailed(
      'an address says nothing to you: the key to it is in the stack',
      'safelight links has the ids',
    )
  }
  const { secrets, primitives } = place
  const claims = await readToken(tokenOfPath(new URL(operand).pathname) ?? '', secrets, primitives.hmacSha256)
  if (claims === undefined) throw new CommandFailed('that is no link of this deployment')
  return claims.linkId
}
