-- The companion: what she remembers, what was said, and her boundaries. Instants are RFC 3339 in UTC;
-- days and ends of days are the learner's wall clock.

CREATE TABLE memories (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    canonical   TEXT NOT NULL UNIQUE,  -- the key as it is compared
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,
    saved_at    TEXT NOT NULL,
    said        TEXT NOT NULL,         -- her day, 04:00 to 03:59
    expires     TEXT,                  -- the first wall-clock moment at which it is gone
    embedding   BLOB,                  -- f32, little-endian
    fingerprint TEXT,                  -- of the model that made it
    CHECK ((embedding IS NULL) = (fingerprint IS NULL))
) STRICT;

CREATE TABLE companion_turns (
    turn     INTEGER PRIMARY KEY CHECK (turn > 0),
    at       TEXT NOT NULL,
    message  TEXT NOT NULL,
    reply    TEXT,                     -- null until it is given
    trace    TEXT CHECK (json_valid(trace))
) STRICT;

-- One row: the state of the conversation after its last step.
CREATE TABLE companion_state (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    snapshot TEXT NOT NULL CHECK (json_valid(snapshot))
) STRICT;

-- What followed from one message. The message is null once the learner has erased their record.
CREATE TABLE incidents (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    at           TEXT NOT NULL,
    conversation TEXT NOT NULL CHECK (conversation IN ('interview', 'companion')),
    message      TEXT
) STRICT;

CREATE TABLE sanctions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    category TEXT    NOT NULL,
    level    INTEGER NOT NULL CHECK (level >= 0),   -- earlier ones that were not lifted
    seconds  INTEGER NOT NULL CHECK (seconds >= 0), -- 0 is a warning
    UNIQUE (incident, category)
) STRICT;

-- Moments before the incident at which somebody looked: the clock was set.
CREATE TABLE sanction_anchors (
    incident INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    at       TEXT    NOT NULL
) STRICT;

CREATE TABLE sanction_lifts (
    sanction INTEGER PRIMARY KEY REFERENCES sanctions (id) ON DELETE CASCADE,
    at       TEXT NOT NULL
) STRICT;

CREATE TABLE objections (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    incident INTEGER NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    at       TEXT    NOT NULL,
    message  TEXT
) STRICT;

-- The log is added to and never rewritten.
CREATE TRIGGER sanctions_stay BEFORE UPDATE ON sanctions
BEGIN SELECT RAISE(ABORT, 'the sanction log is never rewritten'); END;

CREATE TRIGGER incidents_stay BEFORE UPDATE OF id, at, conversation ON incidents
BEGIN SELECT RAISE(ABORT, 'the sanction log is never rewritten'); END;

CREATE TRIGGER incidents_keep_their_sanctions BEFORE DELETE ON incidents
WHEN EXISTS (
    SELECT 1 FROM sanctions s
    WHERE s.incident = OLD.id AND s.id NOT IN (SELECT sanction FROM sanction_lifts)
)
BEGIN SELECT RAISE(ABORT, 'a sanction that was not lifted stays'); END;
