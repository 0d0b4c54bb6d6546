-- Every commit counts itself and writes its time, so that the log of pages alone says what stood when: restoring to a point in time
-- (help: “Backups”) reads both from the archived frames.
ALTER TABLE store ADD COLUMN n_commits INTEGER NOT NULL DEFAULT 0;
ALTER TABLE store ADD COLUMN committed_ns INTEGER NOT NULL DEFAULT 0;
