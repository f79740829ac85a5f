/**
 * Where things lie in the catalogue's one table:
 *
 *     pk                 sk                        what
 *     object#DIGIT       ID                        the object's row, or the tombstone of a forgotten one
 *     source#HMAC        -                         {id} of the object that it was committed as, or {forgotten}
 *     name#HMAC          at#RANK#EARLIER#ID        one version of a name; the last of them is what the name points to
 *     name#HMAC          forgotten                 something of this name was forgotten for good
 *     refused#VERSION    ATTEMPT                   an attempt at that version of an upload didn't verify
 *     link#ID            -                         the link
 *     links#OBJECT       CREATED#ID                that the object has this link
 *     access#ID          -                         the access event
 *
 * Ids are random, so the 16 partitions that their first digits make are evenly used: a walk over all objects reads these
 * alone, with consistent reads, and no list has a hot end. Rows that are listed have `list` (kind and digit) and `at`.
 */

/** What the partition keys of each kind of row begin with: roles are held to them (infra/grants.ts). */
export const ROWS = {
  object: 'object#',
  source: 'source#',
  name: 'name#',
  refused: 'refused#',
  link: 'link#',
  links: 'links#',
  access: 'access#',
} as const

export interface Key {
  readonly pk: string
  readonly sk: string
}

export type Listed = 'object' | 'link' | 'access'

const DIGITS = [...'0123456789abcdef']
const ONE = '-'
const LATEST = 10 ** 15

export const partitionsOf = (kind: Listed): readonly string[] => DIGITS.map((digit) => `${ROWS[kind]}${digit}`)

/** Where ids lie that begin with `prefix` and come behind `after`, in their order. */
export function idRanges(kind: Listed, prefix: string, after?: string) {
  const first = after?.charAt(0) ?? ''
  return DIGITS.filter((digit) => digit >= first && (prefix === '' || prefix.startsWith(digit))).map((digit) => ({
    partition: `${ROWS[kind]}${digit}`,
    ...(prefix.length > 1 && { prefix }),
    ...(digit === first && { behind: after }),
  }))
}

/** Which of its kind's 16 partitions an id belongs to. */
export function partitionOf(kind: Listed, id: string): string {
  const first = id.charAt(0)
  return `${ROWS[kind]}${DIGITS.includes(first) ? first : '0'}`
}

/** Compares as text like the time does, then like the id. */
export function atOf(ms: number, id: string): string {
  return `${String(ms).padStart(15, '0')}#${id}`
}

export const objectKey = (id: string): Key => ({ pk: partitionOf('object', id), sk: id })
export const sourceKey = (source: string): Key => ({ pk: `${ROWS.source}${source}`, sk: ONE })
export const linkKey = (linkId: string): Key => ({ pk: `${ROWS.link}${linkId}`, sk: ONE })
export const accessKey = (eventId: string): Key => ({ pk: `${ROWS.access}${eventId}`, sk: ONE })
export const namePartition = (name: string): string => `${ROWS.name}${name}`
export const linksPartition = (objectId: string): string => `${ROWS.links}${objectId}`

export const refusedPartition = (version: string): string => `${ROWS.refused}${version}`
export const refusedKey = (version: string, attempt: string): Key => ({ pk: refusedPartition(version), sk: attempt })

export const VERSIONS = 'at#'
export const forgottenNameKey = (name: string): Key => ({ pk: namePartition(name), sk: 'forgotten' })

/** Of equal ranks the one committed first compares higher, and stays what the name points to. */
export function versionKey(name: string, rank: string, committed: number, id: string): Key {
  return { pk: namePartition(name), sk: `${VERSIONS}${rank}#${atOf(LATEST - 1 - committed, id)}` }
}
