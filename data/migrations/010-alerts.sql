-- Webhooks and alerts (help: “Webhooks”, “Alerts”). What webhooks and rules are stands in `documents`; here is what becomes of them.

-- One row a webhook. `position`: records of the log up to here were looked at; `ends_ns`: runs and experiments that ended before were, too.
-- `paused_ns`: nothing is sent before, because the receiver asked for it or does not answer.
CREATE TABLE webhook_states (
  webhook         TEXT    PRIMARY KEY,
  position        INTEGER NOT NULL,
  ends_ns         INTEGER NOT NULL,
  paused_ns       INTEGER NOT NULL DEFAULT 0,
  n_failures      INTEGER NOT NULL DEFAULT 0,
  n_dropped       INTEGER NOT NULL DEFAULT 0,
  last_ok_ns      INTEGER NOT NULL DEFAULT 0,
  last_error      TEXT
) STRICT, WITHOUT ROWID;

-- The outbox. `event` is the id that the receiver sees, the same with every try; `subject` what it is about: what is about the same is sent
-- in order, so all but the first of those that wait are `blocked`. `state`: 0 waiting, 1 delivered, 2 failed (given up, or the receiver is gone).
CREATE TABLE deliveries (
  id              INTEGER PRIMARY KEY,
  webhook         TEXT    NOT NULL,
  event           TEXT    NOT NULL,
  type            TEXT    NOT NULL,
  subject         TEXT    NOT NULL,
  body            TEXT    NOT NULL,
  state           INTEGER NOT NULL DEFAULT 0,
  blocked         INTEGER NOT NULL DEFAULT 0,
  created_ns      INTEGER NOT NULL,
  due_ns          INTEGER NOT NULL,
  finished_ns     INTEGER NOT NULL DEFAULT 0,
  n_tries         INTEGER NOT NULL DEFAULT 0,
  n_attempts      INTEGER NOT NULL DEFAULT 0,
  n_replays       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (webhook, event)
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (webhook, due_ns) WHERE state = 0 AND blocked = 0;
CREATE INDEX deliveries_in_order ON deliveries (webhook, subject, id) WHERE state = 0;
CREATE INDEX deliveries_by_state ON deliveries (webhook, state, id);
CREATE INDEX deliveries_by_end ON deliveries (finished_ns) WHERE state != 0;

CREATE TABLE delivery_attempts (
  delivery        INTEGER NOT NULL,
  n               INTEGER NOT NULL,
  time_ns         INTEGER NOT NULL,
  ms              INTEGER NOT NULL,
  status          INTEGER NOT NULL,
  error           TEXT,
  PRIMARY KEY (delivery, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_by_end ON runs (finished_ns) WHERE finished_ns != 0;

-- How each rule stands (the diagram is in src/insights/leyden-alert.h), and what it did.
CREATE TABLE alert_states (
  alert           TEXT    PRIMARY KEY,
  state           TEXT    NOT NULL,
  since_ns        INTEGER NOT NULL,
  episode         INTEGER NOT NULL,
  value           REAL,
  evaluated_ns    INTEGER NOT NULL,
  told            INTEGER NOT NULL,
  actor           TEXT,
  problem         TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_history (
  id              INTEGER PRIMARY KEY,
  alert           TEXT    NOT NULL,
  title           TEXT    NOT NULL,
  severity        TEXT    NOT NULL,
  episode         INTEGER NOT NULL,
  state           TEXT    NOT NULL,
  time_ns         INTEGER NOT NULL,
  value           REAL,
  actor           TEXT,
  note            TEXT,
  UNIQUE (alert, episode, state)
) STRICT;
CREATE INDEX alert_history_by_time ON alert_history (time_ns);
