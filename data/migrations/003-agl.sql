-- Agent Lightning's rollouts (help: “Agent Lightning API”). Each has a log like any other rollout, in `rollouts` with executor "agl"; here
-- stands what its API shows besides. A deleted one is hidden and keeps its log; an id that is made again is another row with another log.

-- `id` is the order of creation. `listed` is 0 for a rollout of our own that got foreign events or was hidden: no list shows it.
-- `last_attempt_id`, `k8s_job_name`, `error_message` and `data_id` are JSON, since a text of theirs may hold U+0000; NULL is null.
CREATE TABLE agl_rollouts (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  rollout         TEXT    NOT NULL,
  log             TEXT    NOT NULL,
  hidden          INTEGER NOT NULL,
  listed          INTEGER NOT NULL,
  state           TEXT    NOT NULL,
  k8s_job_name    TEXT,
  last_attempt_id TEXT,
  error_message   TEXT,
  version         INTEGER NOT NULL,
  created_ns      INTEGER NOT NULL,
  updated_ns      INTEGER NOT NULL,
  is_train        INTEGER NOT NULL,
  data_id         TEXT    NOT NULL,
  terminal        INTEGER
) STRICT;
CREATE UNIQUE INDEX agl_rollouts_by_name ON agl_rollouts (rollout) WHERE hidden = 0;
CREATE INDEX agl_rollouts_of_ours ON agl_rollouts (rollout) WHERE listed = 0;
CREATE INDEX agl_rollouts_by_state ON agl_rollouts (state, id) WHERE hidden = 0 AND listed = 1;
CREATE UNIQUE INDEX agl_rollouts_by_end ON agl_rollouts (terminal) WHERE terminal IS NOT NULL;

-- The answer's members before `status`, as they are sent. Apart, so that a change of state does not write them again.
CREATE TABLE agl_bodies (
  rollout         INTEGER PRIMARY KEY REFERENCES agl_rollouts (id),
  body            TEXT    NOT NULL
) STRICT;

-- Attempts that have an event, with the sequence of their first.
CREATE TABLE agl_attempts (
  rollout         INTEGER NOT NULL REFERENCES agl_rollouts (id),
  attempt         TEXT    NOT NULL,
  sequence        INTEGER NOT NULL,
  PRIMARY KEY (rollout, attempt)
) STRICT, WITHOUT ROWID;

-- The registry of policy models.
CREATE TABLE agl_models (
  id              INTEGER PRIMARY KEY,
  model           TEXT    NOT NULL,
  endpoint        TEXT    NOT NULL,
  version         TEXT    NOT NULL,
  UNIQUE (model, endpoint)
) STRICT;

-- Length of the completion log. It never shrinks, whatever is removed.
CREATE TABLE agl_log (
  one             INTEGER PRIMARY KEY CHECK (one = 1),
  n_terminal      INTEGER NOT NULL
) STRICT;
INSERT INTO agl_log (one, n_terminal) VALUES (1, 0);
