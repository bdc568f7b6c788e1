/** Allowed and blocked senders in SQLite. */
import { StoreError, type Sqlite } from './database.ts'
import type { ListedSender, ListKind, SenderListStore } from './sender-list-store.ts'

export const SENDER_LIST_SCHEMA = `
  CREATE TABLE sender_list (
    kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    proof TEXT NOT NULL,
    note TEXT NOT NULL,
    added INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (sender, kind, recipient)
  ) WITHOUT ROWID;
`

/** Found by when they end. */
export const SENDER_LIST_INDEXES =
  'CREATE INDEX sender_list_expires ON sender_list (expires) WHERE expires > 0;'

const CURRENT = '(expires = 0 OR expires > ?)'

export function createSenderListStore(database: Sqlite, most = Infinity): SenderListStore {
  const count = database.prepare<[], number>('SELECT count(*) FROM sender_list').pluck()
  const put = database.prepare(
    `INSERT INTO sender_list (kind, sender, recipient, proof, note, added, expires)
     VALUES (@kind, @sender, @recipient, @proof, @note, @added, @expires)
     ON CONFLICT DO UPDATE SET proof = excluded.proof, note = excluded.note, added = excluded.added, expires = excluded.expires`,
  )
  const find = database.prepare<[string, number], ListedSender>(
    // in one look: each by itself would lock and unlock the file again
    `SELECT sender_list.* FROM json_each(?) AS asked JOIN sender_list ON sender = asked.value
     WHERE ${CURRENT} ORDER BY asked.key, kind, recipient`,
  )
  const list = database.prepare<[number], ListedSender>(
    `SELECT * FROM sender_list WHERE ${CURRENT} ORDER BY kind, sender, recipient`,
  )
  const remove = database.prepare('DELETE FROM sender_list WHERE kind = ? AND sender = ? AND recipient = ?')
  const used = database.prepare(
    'UPDATE sender_list SET used = ? WHERE kind = ? AND sender = ? AND recipient = ?',
  )
  const expire = database.prepare(
    `DELETE FROM sender_list WHERE (sender, kind, recipient) IN
     (SELECT sender, kind, recipient FROM sender_list WHERE expires > 0 AND expires <= ? ORDER BY expires LIMIT ?)`,
  )
  return {
    put(entry) {
      // by hand and seldom: the rows may be counted
      if (Number.isFinite(most) && (count.get() ?? 0) >= most)
        throw new StoreError(`the sender lists have ${most} entries, which is \`store.most_sender_entries\``)
      put.run(entry)
    },
    find: (senders, now) => find.all(JSON.stringify(senders), now),
    list: (kind: ListKind | null, now) =>
      list.all(now).filter((entry) => kind === null || entry.kind === kind),
    remove: (kind, sender, recipient) => remove.run(kind, sender, recipient).changes > 0,
    used: ({ kind, sender, recipient }, now) => void used.run(now, kind, sender, recipient),
    expire: (now, limit) => expire.run(now, limit).changes,
  }
}
