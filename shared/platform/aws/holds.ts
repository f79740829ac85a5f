/** How a bucket of a stack's own says what it holds: infra tags it, and whoever adopts buckets looks. Apart, so that infra needs no client. */

/** On every bucket that a stack makes, except intakes. */
export const HOLDS_TAG = 'safelight:holds'
export type Holds = 'sealed objects' | 'access logs of a vault' | 'inventories and results'
