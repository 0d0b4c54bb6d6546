-- Facts: what dashboards and the table of rollouts ask about (help: “Dashboards”). All of it is derived from the log by src/insights, except samples of the
-- backend's own metrics (points and rollups of series of kind "sample") and deleted_rollouts; all else may be thrown away and is made anew.

-- Texts that occur in many rows, each once.
CREATE TABLE names (
  id             INTEGER PRIMARY KEY,
  name           TEXT    NOT NULL UNIQUE
) STRICT;

-- Up to which position of the log the facts reach, and by which version of the projection they were made. `revision` grows with every change of
-- rollout_facts, `removed` whenever rows of it go. `rollout`: up to which row of `rollouts` it was looked for such that have no records yet.
CREATE TABLE facts_cursor (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  position       INTEGER NOT NULL,
  projection     INTEGER NOT NULL,
  revision       INTEGER NOT NULL,
  removed        INTEGER NOT NULL,
  rollout        INTEGER NOT NULL
) STRICT;
INSERT INTO facts_cursor (one, position, projection, revision, removed, rollout) VALUES (1, 0, 0, 0, 0, 0);

-- Deleted by the user, and still there for a day. deleted_ns of the facts repeats it.
CREATE TABLE deleted_rollouts (
  rollout        INTEGER PRIMARY KEY,
  deleted_ns     INTEGER NOT NULL
) STRICT;

-- One row a rollout. `rollout` is rollouts.id. flow (id of the document), version (hash of the flow), dataset (SHA-256), model, candidate, error_kind and
-- error_node (numbers of rounds as [*]) are of `names`. `step` is that of a training at the creation, `finished_step` at the end. NaN and infinite rewards are
-- counted in `invalid`, and are no reward. model_ms and tool_ms are the sums of its calls' latencies. `changed`: facts_cursor.revision when it was written last.
CREATE TABLE rollout_facts (
  rollout        INTEGER PRIMARY KEY,
  run            INTEGER,
  executor       TEXT    NOT NULL,
  purpose        TEXT    NOT NULL,
  flow           INTEGER,
  flow_title     TEXT,
  version        INTEGER,
  dataset        INTEGER,
  dataset_name   TEXT,
  split          TEXT,
  item           TEXT,
  item_index     INTEGER NOT NULL,
  model          INTEGER,
  experiment     INTEGER,
  candidate      INTEGER,
  step           INTEGER,
  finished_step  INTEGER,
  is_train       INTEGER NOT NULL,
  state          TEXT    NOT NULL,
  reward         REAL,
  invalid        INTEGER NOT NULL,
  created_ns     INTEGER NOT NULL,
  started_ns     INTEGER NOT NULL,
  finished_ns    INTEGER NOT NULL,
  queued_ms      REAL,
  latency_ms     REAL,
  wait_ms        REAL    NOT NULL,
  model_ms       REAL    NOT NULL,
  tool_ms        REAL    NOT NULL,
  n_model_calls  INTEGER NOT NULL,
  n_tool_calls   INTEGER NOT NULL,
  n_retries      INTEGER NOT NULL,
  n_cache_hits   INTEGER NOT NULL,
  tokens_in      INTEGER NOT NULL,
  tokens_out     INTEGER NOT NULL,
  cost           REAL    NOT NULL,
  simulated      INTEGER NOT NULL,
  error          TEXT,
  error_kind     INTEGER,
  error_node     INTEGER,
  deleted_ns     INTEGER NOT NULL,
  changed        INTEGER NOT NULL
) STRICT;
CREATE INDEX rollout_facts_by_start ON rollout_facts (started_ns) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_end ON rollout_facts (finished_ns) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_creation ON rollout_facts (created_ns) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_reward ON rollout_facts (reward) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_latency ON rollout_facts (latency_ms) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_cost ON rollout_facts (cost) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_tokens ON rollout_facts (tokens_in + tokens_out) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_state ON rollout_facts (state, started_ns) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_flow ON rollout_facts (flow, version) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_model ON rollout_facts (model) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_run ON rollout_facts (run) WHERE deleted_ns = 0;
CREATE INDEX rollout_facts_by_experiment ON rollout_facts (experiment, step) WHERE experiment IS NOT NULL;
CREATE INDEX rollout_facts_deleted ON rollout_facts (deleted_ns) WHERE deleted_ns > 0;
CREATE INDEX rollout_facts_by_change ON rollout_facts (changed);

-- Calls that have ended. `kind` 0: of a model, 1: of a tool, whose name stands in `model`. error_kind NULL: it succeeded. latency_ms is modelled where simulated.
CREATE TABLE calls (
  position       INTEGER PRIMARY KEY,
  rollout        INTEGER NOT NULL,
  time_ns        INTEGER NOT NULL,
  node           INTEGER,
  kind           INTEGER NOT NULL,
  model          INTEGER,
  endpoint       INTEGER,
  error_kind     INTEGER,
  latency_ms     REAL,
  first_token_ms REAL,
  tokens_in      INTEGER NOT NULL,
  tokens_out     INTEGER NOT NULL,
  cost           REAL    NOT NULL,
  simulated      INTEGER NOT NULL,
  cached         INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_by_rollout ON calls (rollout);
CREATE INDEX calls_by_time ON calls (time_ns);

-- Ends of nodes. `state` 0: succeeded, 1: failed, 2: skipped, 3: cancelled. There are many, so those of a rollout are found by the positions of its segments.
CREATE TABLE node_ends (
  position       INTEGER PRIMARY KEY,
  rollout        INTEGER NOT NULL,
  time_ns        INTEGER NOT NULL,
  node           INTEGER NOT NULL,
  state          INTEGER NOT NULL,
  ms             REAL,
  tries          INTEGER NOT NULL,
  error_kind     INTEGER
) STRICT;
CREATE INDEX node_ends_by_time ON node_ends (time_ns);

-- Waits that have ended, by the position of the record that ended them. NULL node: a pause of the rollout as a whole.
CREATE TABLE waits (
  position       INTEGER NOT NULL,
  n              INTEGER NOT NULL,
  rollout        INTEGER NOT NULL,
  time_ns        INTEGER NOT NULL,
  node           INTEGER,
  reason         INTEGER NOT NULL,
  ms             REAL    NOT NULL,
  PRIMARY KEY (position, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX waits_by_rollout ON waits (rollout);
CREATE INDEX waits_by_time ON waits (time_ns);

-- Numbers over time. `labels` is canonical JSON. `kind`: "log" (derived), "sample" (of the backend's own metrics; a counter's is what it grew by).
CREATE TABLE series (
  id             INTEGER PRIMARY KEY,
  metric         TEXT    NOT NULL,
  labels         TEXT    NOT NULL,
  unit           TEXT    NOT NULL,
  kind           TEXT    NOT NULL,
  UNIQUE (metric, labels)
) STRICT;

-- `n` tells numbers of one moment apart: the position of the record, 0 for samples.
CREATE TABLE points (
  series         INTEGER NOT NULL,
  time_ns        INTEGER NOT NULL,
  n              INTEGER NOT NULL,
  value          REAL    NOT NULL,
  step           INTEGER,
  rollout        INTEGER,
  PRIMARY KEY (series, time_ns, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX points_by_rollout ON points (rollout) WHERE rollout IS NOT NULL;

-- All points of a series in `level` seconds from `bucket` (seconds since the epoch, a multiple of the level) on. `sketch` (src/insights/leyden-sketch.h) is NULL when
-- all are equal.
CREATE TABLE rollups (
  level          INTEGER NOT NULL,
  series         INTEGER NOT NULL,
  bucket         INTEGER NOT NULL,
  count          INTEGER NOT NULL,
  sum            REAL    NOT NULL,
  sum2           REAL    NOT NULL,
  min            REAL    NOT NULL,
  max            REAL    NOT NULL,
  first          REAL    NOT NULL,
  first_ns       INTEGER NOT NULL,
  last           REAL    NOT NULL,
  last_ns        INTEGER NOT NULL,
  sketch         BLOB,
  PRIMARY KEY (level, series, bucket)
) STRICT, WITHOUT ROWID;

-- Seconds whose points were removed, and whose rollups must be made anew.
CREATE TABLE rollups_stale (
  series         INTEGER NOT NULL,
  bucket         INTEGER NOT NULL,
  PRIMARY KEY (series, bucket)
) STRICT, WITHOUT ROWID;

-- When a trainer registered models: with each its training is a step further.
CREATE TABLE agl_registrations (
  id             INTEGER PRIMARY KEY,
  time_ns        INTEGER NOT NULL
) STRICT;
CREATE INDEX agl_registrations_by_time ON agl_registrations (time_ns);
CREATE INDEX agl_rollouts_by_log ON agl_rollouts (log);
