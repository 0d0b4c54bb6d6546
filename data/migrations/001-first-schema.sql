-- The first schema (design §6). Every migration runs in one transaction; user_version is set by the program after it.
-- Tables are STRICT: a text never stands where a number belongs.

-- One row. `id` ties a write-ahead log to its database; `last_position` changes with every commit that appends.
CREATE TABLE store (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  id             TEXT    NOT NULL,
  created_ns     INTEGER NOT NULL,
  last_position  INTEGER NOT NULL
) STRICT;
INSERT INTO store (one, id, created_ns, last_position)
  VALUES (1, lower (hex (randomblob (16))), unixepoch () * 1000000000, 0);

CREATE TABLE runs (
  id             INTEGER PRIMARY KEY,
  run            TEXT    NOT NULL UNIQUE,
  key            TEXT,
  state          TEXT    NOT NULL,
  created_ns     INTEGER NOT NULL,
  finished_ns    INTEGER NOT NULL,
  n_items        INTEGER NOT NULL,
  definition     TEXT    NOT NULL
) STRICT;
CREATE INDEX runs_by_time ON runs (created_ns);
CREATE INDEX runs_by_key ON runs (key, created_ns) WHERE key IS NOT NULL;

CREATE TABLE rollouts (
  id             INTEGER PRIMARY KEY,
  rollout        TEXT    NOT NULL UNIQUE,
  run            INTEGER REFERENCES runs (id),
  executor       TEXT    NOT NULL,
  item_index     INTEGER NOT NULL,
  item           TEXT,
  split          TEXT,
  state          TEXT    NOT NULL,
  reward         REAL,
  started_ns     INTEGER NOT NULL,
  finished_ns    INTEGER NOT NULL,
  latency_ms     REAL,
  tokens_in      INTEGER NOT NULL,
  tokens_out     INTEGER NOT NULL,
  cost           REAL    NOT NULL,
  simulated      INTEGER NOT NULL,
  error          TEXT,
  error_node     TEXT,
  last_sequence  INTEGER NOT NULL,
  last_position  INTEGER NOT NULL
) STRICT;
CREATE INDEX rollouts_by_index ON rollouts (run, item_index);
CREATE INDEX rollouts_by_state ON rollouts (run, state, reward);

-- Consecutive records of one rollout, of one commit. `position` is the global position of the first; the body's byte
-- table stands in src/store/leyden-segment.h. `run` repeats the rollout's, for reading a run in the order of commits.
CREATE TABLE segments (
  position       INTEGER PRIMARY KEY,
  rollout        INTEGER NOT NULL REFERENCES rollouts (id),
  run            INTEGER REFERENCES runs (id),
  sequence       INTEGER NOT NULL,
  n_records      INTEGER NOT NULL,
  body           BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX segments_by_rollout ON segments (rollout, sequence);
CREATE INDEX segments_by_run ON segments (run, position) WHERE run IS NOT NULL;

-- States of folds, by the reducer's name. They only save time and may be deleted at any moment.
CREATE TABLE checkpoints (
  rollout        INTEGER NOT NULL REFERENCES rollouts (id),
  reducer        TEXT    NOT NULL,
  sequence       INTEGER NOT NULL,
  state          TEXT    NOT NULL,
  PRIMARY KEY (rollout, reducer, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE documents (
  kind           TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  value          TEXT    NOT NULL,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
