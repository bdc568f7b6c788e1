/** Tables of bayes.sqlite, version by version. */
export const BAYES_MIGRATIONS: readonly string[] = [
  `
  -- salt (two 32-bit numbers) and whatever else belongs to the file as a whole
  CREATE TABLE property (name TEXT PRIMARY KEY, value) WITHOUT ROWID;

  -- whose model a row of any table belongs to: '' is the site's, example.org a domain's, anna@example.org a user's
  CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    spam INTEGER NOT NULL DEFAULT 0,
    ham INTEGER NOT NULL DEFAULT 0,
    -- lessons up to this one are in the pages
    snapshot INTEGER NOT NULL DEFAULT 0
  );
  INSERT INTO scope (id, name) VALUES (0, '');

  -- id: hash of the word, keyed by salt and scope; day: days since the epoch of the last lesson with it
  CREATE TABLE token (
    id INTEGER PRIMARY KEY,
    scope INTEGER NOT NULL,
    spam INTEGER NOT NULL,
    ham INTEGER NOT NULL,
    day INTEGER NOT NULL
  );

  -- the snapshot: weights of the linear model (kind 0, float32) and the filter of known words (kind 1), 64 KB a page
  CREATE TABLE page (
    scope INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (scope, kind, number)
  );

  -- the journal; delta: what the lesson added (bayes-codec.ts), NULL once it is too old to be taken back
  CREATE TABLE lesson (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope INTEGER NOT NULL,
    message BLOB NOT NULL,
    class TEXT NOT NULL,
    before TEXT NOT NULL,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    source TEXT NOT NULL,
    about TEXT NOT NULL,
    -- the lesson this one takes back, and whether this one was taken back
    undoes INTEGER,
    undone INTEGER NOT NULL DEFAULT 0,
    -- set when this is no lesson but an earlier one gone over again: its delta holds the steps alone
    rehearses INTEGER,
    delta BLOB
  );
  CREATE INDEX lesson_at ON lesson (at);
  CREATE INDEX lesson_about ON lesson (about);
  CREATE INDEX lesson_kept ON lesson (class) WHERE delta IS NOT NULL AND undone = 0;
  CREATE INDEX lesson_auto ON lesson (id) WHERE source = 'auto' AND class <> 'none';
  CREATE INDEX lesson_undoes ON lesson (undoes) WHERE undoes IS NOT NULL;
  CREATE INDEX lesson_rehearses ON lesson (rehearses) WHERE rehearses IS NOT NULL;

  -- what each message counts as now, and by which lesson
  CREATE TABLE message (
    scope INTEGER NOT NULL,
    digest BLOB NOT NULL,
    class TEXT NOT NULL,
    lesson INTEGER NOT NULL,
    PRIMARY KEY (scope, digest)
  ) WITHOUT ROWID;
  CREATE INDEX message_lesson ON message (lesson);
  `,
  // what is looked up within a scope is found within it, however many share the file
  `
  DROP INDEX lesson_about;
  DROP INDEX lesson_kept;
  DROP INDEX lesson_auto;
  CREATE INDEX lesson_about ON lesson (scope, about);
  CREATE INDEX lesson_kept ON lesson (scope, class) WHERE delta IS NOT NULL AND undone = 0;
  CREATE INDEX lesson_auto ON lesson (scope, id) WHERE source = 'auto' AND class <> 'none';
  `,
]
