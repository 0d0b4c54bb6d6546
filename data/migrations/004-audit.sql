-- The audit log (help: “Protection”), never shortened. `line` is the JSON of one line, which begins with its number; `hash` is the SHA-256,
-- in hexadecimal, of the hash of the line before (nothing for the first), a line feed, and `line`.
CREATE TABLE audit (
  id              INTEGER PRIMARY KEY,
  line            TEXT    NOT NULL,
  hash            TEXT    NOT NULL
) STRICT;
