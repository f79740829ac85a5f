/**
 * The Catalogue port on SQLite: who won a source, which links still open, who read what. An index that vault and keys
 * can rebuild.
 */
import { kept } from '../accessEvents.ts'
import { refusalOf } from '../linkRefusal.ts'
import type { Catalogue, LinkRow, ObjectRow, Page, RenditionRow, SpendResult } from '../ports.ts'
import { sequencerRank } from '../sequencerRank.ts'
import { accessFromRow, CATALOGUE, linkFromRow, objectFromRow, renditionFromRow } from './catalogueRows.ts'
import { type Database, isDuplicate, openDatabase, type Row } from './database.ts'

const PAGE = 100

export interface CatalogueOptions {
  /** How many access events are kept, the newest; 100,000 unless told. */
  readonly keepAccesses?: number
}

export interface LocalCatalogue extends Catalogue {
  /** The object that this name points to: of those committed under it and not forgotten, the highest sequencer's. */
  byName(name: string): Promise<string | undefined>
  /** SQLite's integrity check: complaints, none for a sound file. */
  check(): Promise<readonly string[]>
  close(): void
}

/** @throws Unavailable, naming `safelight catalogue rebuild` when the file is damaged */
export function openCatalogue(file: string, options: CatalogueOptions = {}): LocalCatalogue {
  const { keepAccesses = 100_000 } = options
  const database = openDatabase(file, CATALOGUE)

  function withRenditions(rows: readonly Row[]): ObjectRow[] {
    const ids = JSON.stringify(rows.map((row) => row.id))
    const renditions = new Map<unknown, RenditionRow[]>()
    for (const row of database.all(
      'SELECT * FROM renditions WHERE objectId IN (SELECT value FROM json_each(?)) ORDER BY rowid',
      ids,
    )) {
      const list = renditions.get(row.objectId)
      if (list === undefined) renditions.set(row.objectId, [renditionFromRow(row)])
      else list.push(renditionFromRow(row))
    }
    return rows.map((row) => objectFromRow(row, renditions.get(row.id) ?? []))
  }

  /** Within the caller's transaction. @returns false when the id is known already */
  function append(event: Parameters<Catalogue['record']>[0]): boolean {
    const added = database.run(
      'INSERT INTO accesses (id, object, event) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING',
      event.id,
      event.object,
      JSON.stringify(kept(event)),
    )
    if (added === 0) return false
    database.run('DELETE FROM accesses WHERE ordinal <= (SELECT max(ordinal) FROM accesses) - ?', keepAccesses)
    return true
  }

  function newest(
    table: string,
    id: string,
    only: Readonly<Record<string, string | undefined>>,
    { after, limit = PAGE }: Page,
  ): readonly Row[] {
    const conditions = ['TRUE']
    const values: string[] = []
    const where = (condition: string, value: string | undefined) => {
      if (value === undefined) return
      conditions.push(condition)
      values.push(value)
    }
    for (const [column, value] of Object.entries(only)) where(`${column} = ?`, value)
    where(`ordinal < (SELECT ordinal FROM ${table} WHERE ${id} = ?)`, after)
    const sql = `SELECT * FROM ${table} WHERE ${conditions.join(' AND ')} ORDER BY ordinal DESC LIMIT ?`
    return database.all(sql, ...values, limit)
  }

  function isForgotten(index: string): boolean {
    const sql = 'SELECT 1 FROM forgotten WHERE (source = ?1 OR name = ?1) AND forGood = 1'
    return database.get(sql, index) !== undefined
  }

  return {
    wasForgotten: async (index) => isForgotten(index),

    async commit(row) {
      const rank = sequencerRank(row.sequencer)
      return database.transaction(() => {
        const first = database.get('SELECT id FROM objects WHERE source = ?', row.source)
        if (first !== undefined) return { winner: String(first.id) }
        if (isForgotten(row.source)) return { winner: undefined }
        insertObject(database, row, rank)
        return { winner: row.id }
      })
    },

    async object(id) {
      return withRenditions(database.all('SELECT * FROM objects WHERE id = ?', id))[0]
    },

    async refuse(of, attempt) {
      database.run('INSERT OR IGNORE INTO refused (version, attempt) VALUES (?, ?)', of, attempt)
    },

    async refused(of) {
      return Number(database.get('SELECT count(*) AS n FROM refused WHERE version = ?', of)?.n)
    },

    async pardon(of) {
      database.run('DELETE FROM refused WHERE version = ?', of)
    },

    async bySource(source) {
      return idOf(database.get('SELECT id FROM objects WHERE source = ?', source))
    },

    // Derived instead of stored, so that it can't disagree with the rows. Of equal sequencers the first one stays.
    async byName(name) {
      return idOf(
        database.get('SELECT id FROM objects WHERE name = ? ORDER BY sequencerRank DESC, ordinal LIMIT 1', name),
      )
    },

    async objects({ after, limit = PAGE } = {}) {
      if (after === undefined) {
        return withRenditions(database.all('SELECT * FROM objects ORDER BY committed DESC, id DESC LIMIT ?', limit))
      }
      const anchor = database.get(
        'SELECT committed FROM objects WHERE id = ?1 UNION ALL SELECT committed FROM forgotten WHERE id = ?1',
        after,
      )
      if (anchor === undefined) return []
      return withRenditions(
        database.all(
          'SELECT * FROM objects WHERE (committed, id) < (?, ?) ORDER BY committed DESC, id DESC LIMIT ?',
          Number(anchor.committed),
          after,
          limit,
        ),
      )
    },

    async *every({ prefix = '', after = '' } = {}) {
      // No hex digit comes behind g.
      const sql = "SELECT * FROM objects WHERE id > ?1 AND id >= ?2 AND id < ?2 || 'g' ORDER BY id LIMIT ?3"
      for (let last = after; ; ) {
        const rows = database.all(sql, last, prefix, PAGE)
        yield* withRenditions(rows)
        if (rows.length < PAGE) return
        last = String(rows.at(-1)?.id)
      }
    },

    async moveEnvelope(objectId, sealedId, from, to) {
      const sql =
        objectId === sealedId
          ? 'UPDATE objects SET envelopeGeneration = ?4 WHERE id = ?1 AND id = ?2 AND envelopeGeneration = ?3'
          : 'UPDATE renditions SET envelopeGeneration = ?4 WHERE objectId = ?1 AND id = ?2 AND envelopeGeneration = ?3'
      return database.run(sql, objectId, sealedId, from, to) > 0
    },

    async forget(id, { again = false } = {}) {
      database.transaction(() => {
        database.run(
          `INSERT OR REPLACE INTO forgotten (id, committed, source, name, forGood)
           SELECT id, committed, source, name, ? FROM objects WHERE id = ?`,
          again ? 0 : 1,
          id,
        )
        database.run('DELETE FROM objects WHERE id = ?', id)
        database.run('UPDATE links SET revoked = 1 WHERE objectId = ?', id)
      })
    },

    async addLink(row) {
      return database.transaction(() => {
        if (database.get('SELECT 1 FROM objects WHERE id = ?', row.objectId) === undefined) return false
        try {
          insertLink(database, row)
        } catch (error) {
          throw isDuplicate(error) ? new RangeError('there is a link with this id already') : error
        }
        return true
      })
    },

    async link(linkId) {
      const row = database.get('SELECT * FROM links WHERE linkId = ?', linkId)
      return row && linkFromRow(row)
    },

    async links({ objectId, ...page } = {}) {
      return newest('links', 'linkId', { objectId }, page).map(linkFromRow)
    },

    async revoke(linkId) {
      return database.run('UPDATE links SET revoked = 1 WHERE linkId = ?', linkId) > 0
    },

    async spend(linkId, now, event) {
      return database.transaction((): SpendResult => {
        const spent = database.run(
          `UPDATE links SET usesLeft = usesLeft - 1
           WHERE linkId = ?1 AND revoked = 0 AND notBefore <= ?2 AND ?2 < expires AND usesLeft > 0`,
          linkId,
          now,
        )
        if (spent === 0) {
          const row = database.get('SELECT * FROM links WHERE linkId = ?', linkId)
          return { outcome: refusalOf(row && linkFromRow(row), now) ?? 'missing' }
        }
        // A use without its own event would be a read that nobody sees; throwing gives the use back.
        if (!append(event)) throw new RangeError('there is an access event with this id already')
        return { outcome: 'spent' }
      })
    },

    async record(event) {
      database.transaction(() => append(event))
    },

    async accesses({ object, ...page } = {}) {
      return newest('accesses', 'id', { object }, page).map(accessFromRow)
    },

    check: async () => database.check(),
    close: () => database.close(),
  }
}

function insertObject(database: Database, row: ObjectRow, rank: string): void {
  database.run(
    `INSERT INTO objects (id, versionId, size, headDigest, tier, plaintextLength, created, committed, source, name,
       sequencer, sequencerRank, envelopeGeneration) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    row.versionId,
    row.size,
    row.headDigest,
    row.tier,
    row.plaintextLength,
    row.created,
    row.committed,
    row.source,
    row.name,
    row.sequencer,
    rank,
    row.envelopeGeneration,
  )
  for (const { kind, id, versionId, size, plaintextLength, headDigest, envelopeGeneration } of row.renditions) {
    database.run(
      `INSERT INTO renditions (objectId, kind, id, versionId, size, plaintextLength, headDigest, envelopeGeneration)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      kind,
      id,
      versionId,
      size,
      plaintextLength,
      headDigest,
      envelopeGeneration,
    )
  }
}

function insertLink(database: Database, row: LinkRow): void {
  database.run(
    `INSERT INTO links (linkId, objectId, rendition, kid, created, notBefore, expires, uses, usesLeft, revoked,
       principal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    row.linkId,
    row.objectId,
    row.rendition,
    row.kid,
    row.created,
    row.notBefore,
    row.expires,
    row.uses,
    row.usesLeft,
    row.revoked ? 1 : 0,
    row.principal,
  )
}

function idOf(row: Row | undefined): string | undefined {
  return row && String(row.id)
}
