-- Agents as a trainer sees them (help: “Agents”). Rollouts of one sample that a trainer made in one request form a group, whose rewards it
-- compares; so do those that were attached to one group. NULL: it is alone, or was made before this was kept.
ALTER TABLE agl_rollouts ADD COLUMN sample INTEGER;
CREATE INDEX agl_rollouts_by_sample ON agl_rollouts (sample) WHERE sample IS NOT NULL;
