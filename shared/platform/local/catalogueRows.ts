/** The catalogue's tables and how their rows become the port's. Only what may be in the clear has a column. */
import * as z from 'zod'
import { AccessEventSchema } from '../accessEvents.ts'
import { type AccessEvent, type LinkRow, type ObjectRow, type RenditionRow, Unavailable } from '../ports.ts'
import type { DatabaseKind, Row } from './database.ts'

export const CATALOGUE: DatabaseKind = {
  applicationId: 0x534c4331, // "SLC1"
  whenDamaged: 'stop Safelight, then run `safelight catalogue rebuild` (links will be revoked)',
  migrations: [
    `CREATE TABLE objects (
       ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       versionId TEXT NOT NULL,
       size INTEGER NOT NULL,
       plaintextLength INTEGER NOT NULL,
       headDigest TEXT NOT NULL,
       tier INTEGER NOT NULL CHECK (tier BETWEEN 0 AND 3),
       created INTEGER NOT NULL,
       committed INTEGER NOT NULL,
       source TEXT NOT NULL UNIQUE,
       name TEXT NOT NULL,
       sequencer TEXT NOT NULL,
       sequencerRank TEXT NOT NULL,
       envelopeGeneration INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX objectsByTime ON objects (committed, id);
     CREATE INDEX objectsByName ON objects (name, sequencerRank);

     CREATE TABLE renditions (
       objectId TEXT NOT NULL REFERENCES objects (id) ON DELETE CASCADE,
       kind TEXT NOT NULL,
       id TEXT NOT NULL,
       versionId TEXT NOT NULL,
       size INTEGER NOT NULL,
       plaintextLength INTEGER NOT NULL,
       headDigest TEXT NOT NULL,
       UNIQUE (objectId, kind)
     ) STRICT;

     -- Where a page of objects() that ended at a forgotten object goes on.
     CREATE TABLE forgotten (id TEXT PRIMARY KEY, committed INTEGER NOT NULL) STRICT;

     CREATE TABLE links (
       ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
       linkId TEXT NOT NULL UNIQUE,
       objectId TEXT NOT NULL,
       rendition TEXT NOT NULL,
       kid INTEGER NOT NULL,
       created INTEGER NOT NULL,
       notBefore INTEGER NOT NULL,
       expires INTEGER NOT NULL,
       uses INTEGER NOT NULL,
       usesLeft INTEGER NOT NULL CHECK (usesLeft >= 0),
       revoked INTEGER NOT NULL CHECK (revoked IN (0, 1)),
       principal TEXT NOT NULL
     ) STRICT;
     CREATE INDEX linksByObject ON links (objectId);

     CREATE TABLE accesses (
       ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
       id TEXT NOT NULL UNIQUE,
       object TEXT NOT NULL,
       event TEXT NOT NULL
     ) STRICT;
     CREATE INDEX accessesByObject ON accesses (object);`,
    'ALTER TABLE renditions ADD COLUMN envelopeGeneration INTEGER NOT NULL DEFAULT 0',
    // What was deleted must not come back with a second attempt at its upload, or with a copy of the vault.
    `ALTER TABLE forgotten ADD COLUMN source TEXT;
     ALTER TABLE forgotten ADD COLUMN name TEXT;
     ALTER TABLE forgotten ADD COLUMN forGood INTEGER NOT NULL DEFAULT 0;
     CREATE INDEX forgottenBySource ON forgotten (source);
     CREATE INDEX forgottenByName ON forgotten (name);`,
    `CREATE TABLE refused (
       version TEXT NOT NULL,
       attempt TEXT NOT NULL,
       PRIMARY KEY (version, attempt)
     ) STRICT, WITHOUT ROWID;`,
  ],
}

const sealedRef = {
  id: z.string().regex(/^[0-9a-f]{32}$/),
  versionId: z.string(),
  size: z.int(),
  plaintextLength: z.int(),
  headDigest: z.string().regex(/^[0-9a-f]{64}$/),
}
const kind = z.enum(['preview', 'display'])

const ObjectColumns = z.object({
  ...sealedRef,
  tier: z.int(),
  created: z.int(),
  committed: z.int(),
  source: z.string(),
  name: z.string(),
  sequencer: z.string(),
  envelopeGeneration: z.int(),
})
const RenditionColumns = z.object({ ...sealedRef, kind, envelopeGeneration: z.int() })

const LinkColumns = z.object({
  linkId: z.string(),
  objectId: z.string(),
  rendition: z.enum(['preview', 'display', 'original']),
  kid: z.int(),
  created: z.int(),
  notBefore: z.int(),
  expires: z.int(),
  uses: z.int(),
  usesLeft: z.int(),
  revoked: z.int().transform((flag) => flag !== 0),
  principal: z.string(),
})

/** SQLite checks its pages' structure, not what stands in them. */
function parsed<T>(schema: z.ZodType<T>, row: Row): T {
  const result = schema.safeParse(row)
  if (result.success) return result.data
  throw new Unavailable(`catalogue.sqlite is damaged: ${CATALOGUE.whenDamaged}`)
}

export function renditionFromRow(row: Row): RenditionRow {
  return parsed(RenditionColumns, row)
}

export function objectFromRow(row: Row, renditions: readonly RenditionRow[]): ObjectRow {
  return { ...parsed(ObjectColumns, row), renditions }
}

export function linkFromRow(row: Row): LinkRow {
  return parsed(LinkColumns, row)
}

export function accessFromRow(row: Row): AccessEvent {
  return AccessEventSchema.parse(JSON.parse(z.string().parse(row.event)))
}
