/** Ids as they are typed: 32 hex digits in either case, or as many of the first as tell one from the others, at least 6. */
import { everyLink } from '../shared/flow/links.ts'
import type { Catalogue } from '../shared/platform/ports.ts'
import { CommandFailed, UsageError } from './errors.ts'

export const LEAST_DIGITS = 6

export function isId(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text)
}

/** Whether this, no file's name, may be the beginning of an id, or a whole one. @throws UsageError when it is too short for one */
export function looksLikeId(text: string): boolean {
  if (/^[0-9a-f]{1,5}$/i.test(text)) throw new UsageError(`${text}: no such file, and ${LENGTH}`, OBJECT.hint)
  return isLong(text)
}

function isLong(text: string): boolean {
  return /^[0-9a-f]{6,32}$/i.test(text)
}

/** No object, link or failed item has this id. */
export class NotFound extends CommandFailed {}

interface Kind {
  /** `object` */
  readonly name: string
  /** Where such ids are listed. */
  readonly hint: string
}

const OBJECT: Kind = { name: 'object', hint: 'safelight ls lists what there is' }
const DIGITS = `32 hex digits, of which the first ${LEAST_DIGITS} may do`
const LENGTH = `an id has ${DIGITS}`
const LINK: Kind = { name: 'link', hint: 'safelight links lists the links and their ids' }
export const FAILED: Kind = { name: 'failed item', hint: 'safelight failed lists them' }

/** The id of an object. @throws UsageError when it is none or not enough of one, CommandFailed when no object begins so */
export async function objectId(catalogue: Pick<Catalogue, 'every'>, text: string): Promise<string> {
  return idIn(text, OBJECT, async function* () {
    for await (const { id } of catalogue.every()) yield id
  })
}

/** The id of a link. @throws UsageError, CommandFailed */
export async function linkId(catalogue: Pick<Catalogue, 'links'>, text: string): Promise<string> {
  return idIn(text, LINK, async function* () {
    for await (const { linkId: id } of everyLink(catalogue)) yield id
  })
}

/** A whole id, and nothing less. @throws UsageError */
export function parseId(text: string, kind: Kind = OBJECT): string {
  if (isId(text)) return text.toLowerCase()
  throw new UsageError(`the id of ${article(kind)} has 32 hex digits, and all of them are needed here`, kind.hint)
}

/** A whole id is taken as it is, whether there is such a thing or not. @throws UsageError, CommandFailed */
export async function idIn(text: string, kind: Kind, all: () => AsyncIterable<string>): Promise<string> {
  if (isId(text)) return text.toLowerCase()
  if (!isLong(text)) throw new UsageError(`the id of ${article(kind)} has ${DIGITS}`, kind.hint)
  const wanted = text.toLowerCase()
  const found: string[] = []
  for await (const id of all()) {
    if (id.startsWith(wanted)) found.push(id)
    if (found.length > 1) throw new UsageError(`more than one ${kind.name} begins with ${text}`, 'type more of its id')
  }
  if (found[0] === undefined) throw new NotFound(`there is no such ${kind.name}`, kind.hint)
  return found[0]
}

function article({ name }: Kind): string {
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`
}
