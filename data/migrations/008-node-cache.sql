-- Evaluations of nodes that are kept (help: “Run one node”): by the hash of all that the outputs depend on. What goes first is what was not used
-- for longest. node_cache_last says of each node what it depended on when it ran last, so that it can be told why it ran again.
CREATE TABLE node_cache (
  id              INTEGER PRIMARY KEY,
  key             TEXT    NOT NULL UNIQUE,
  flow            TEXT    NOT NULL,
  value           TEXT    NOT NULL,
  size            INTEGER NOT NULL,
  used_ns         INTEGER NOT NULL
) STRICT;
CREATE INDEX node_cache_by_use ON node_cache (used_ns, size);
CREATE INDEX node_cache_by_flow ON node_cache (flow);
CREATE TABLE node_cache_last (
  flow            TEXT    NOT NULL,
  node            TEXT    NOT NULL,
  value           TEXT    NOT NULL,
  time_ns         INTEGER NOT NULL,
  cleared         INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (flow, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX node_cache_last_by_time ON node_cache_last (time_ns);
