-- Experiments: training of a flow over a data set (help: “Training”).

CREATE TABLE experiments (
  id             INTEGER PRIMARY KEY,
  experiment     TEXT    NOT NULL UNIQUE,
  key            TEXT,
  state          TEXT    NOT NULL,
  created_ns     INTEGER NOT NULL,
  finished_ns    INTEGER NOT NULL,
  definition     TEXT    NOT NULL,
  snapshot       TEXT
) STRICT;
CREATE INDEX experiments_by_time ON experiments (created_ns);
CREATE INDEX experiments_by_key ON experiments (key, created_ns) WHERE key IS NOT NULL;

CREATE TABLE candidates (
  experiment     INTEGER NOT NULL REFERENCES experiments (id),
  candidate      TEXT    NOT NULL,
  ordinal        INTEGER NOT NULL,
  step           INTEGER NOT NULL,
  origin         TEXT    NOT NULL,
  parents        TEXT    NOT NULL,
  slots          TEXT    NOT NULL,
  PRIMARY KEY (experiment, candidate)
) STRICT, WITHOUT ROWID;

-- One rollout of a candidate on an item. The row is the cache, and not of one experiment only: `env` is the hash of all else that
-- the answer depends on (flow, model, graders, data set, seed).
CREATE TABLE evaluations (
  id             INTEGER PRIMARY KEY,
  env            TEXT    NOT NULL,
  candidate      TEXT    NOT NULL,
  item           TEXT    NOT NULL,
  sample         INTEGER NOT NULL,
  rollout        TEXT    NOT NULL,
  ok             INTEGER NOT NULL,
  reward         REAL,
  error_kind     TEXT,
  feedback       TEXT,
  answer         TEXT,
  tokens_in      INTEGER NOT NULL,
  tokens_out     INTEGER NOT NULL,
  cost           REAL    NOT NULL,
  latency_ms     REAL,
  simulated      INTEGER NOT NULL,
  finished_ns    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX evaluations_by_key ON evaluations (env, candidate, item, sample);

CREATE TABLE proposals (
  experiment     INTEGER NOT NULL REFERENCES experiments (id),
  step           INTEGER NOT NULL,
  ordinal        INTEGER NOT NULL,
  parent         TEXT    NOT NULL,
  candidate      TEXT,
  slot           TEXT,
  critique       TEXT,
  value          TEXT,
  verdict        TEXT    NOT NULL,
  why            TEXT,
  PRIMARY KEY (experiment, step, ordinal)
) STRICT, WITHOUT ROWID;

-- Every call to the outside that an experiment made, with its answer, in the transaction of what came of it. A training that goes on
-- after an interruption runs from its beginning and finds them here.
CREATE TABLE call_log (
  experiment     INTEGER NOT NULL REFERENCES experiments (id),
  call_key       TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  step           INTEGER NOT NULL,
  ordinal        INTEGER NOT NULL,
  request_hash   TEXT    NOT NULL,
  response       TEXT    NOT NULL,
  started_ns     INTEGER NOT NULL,
  finished_ns    INTEGER NOT NULL,
  PRIMARY KEY (experiment, call_key)
) STRICT, WITHOUT ROWID;
