/** The catalogue's table as data: infra makes it from this, tests too, and the catalogue names its indexes from here. */

/** All keys are strings. */
export interface TableSchema {
  readonly partitionKey: string
  readonly sortKey: string
  readonly ttlAttribute: string
  /** Indexes hold keys alone: rows are read from the table, where they are as they are now. */
  readonly indexes: readonly { readonly name: string; readonly partitionKey: string; readonly sortKey: string }[]
}

/** Everything of a kind, newest first, in 16 partitions that are merged. */
export const NEWEST = 'newest'
/** Access events of one object, newest first. */
export const BY_OBJECT = 'byObject'

export const catalogueTable = {
  partitionKey: 'pk',
  sortKey: 'sk',
  // Not `expires`, which links have in milliseconds, and outlive.
  ttlAttribute: 'cleanAfter',
  indexes: [
    { name: NEWEST, partitionKey: 'list', sortKey: 'at' },
    { name: BY_OBJECT, partitionKey: 'of', sortKey: 'at' },
  ],
} as const satisfies TableSchema

/** How long access events are kept, in days. */
export const ACCESS_DAYS = 400
