-- Leases of workers (help: “Worker”): who runs a rollout, as which attempt, and until when without a sign of life. `ended` is NULL while it
-- is held; then "finished", "released" (given back), "expired" or "gone" (somebody else ended or removed the rollout).
CREATE TABLE leases (
  id              INTEGER PRIMARY KEY,
  lease           TEXT    NOT NULL UNIQUE,
  rollout         INTEGER NOT NULL REFERENCES agl_rollouts (id),
  attempt         TEXT    NOT NULL,
  worker          TEXT    NOT NULL,
  ttl_ns          INTEGER NOT NULL,
  since_ns        INTEGER NOT NULL,
  expires_ns      INTEGER NOT NULL,
  ended           TEXT
) STRICT;
CREATE UNIQUE INDEX leases_held ON leases (rollout) WHERE ended IS NULL;
CREATE INDEX leases_by_end ON leases (expires_ns) WHERE ended IS NULL;
CREATE INDEX leases_by_worker ON leases (worker) WHERE ended IS NULL;
CREATE INDEX leases_by_rollout ON leases (rollout);
