-- Interviews and their turns. Times are RFC 3339 in UTC.

CREATE TABLE interviews (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again after erasing
    started_at TEXT    NOT NULL,
    ended_at   TEXT,
    end_reason TEXT,                              -- EndReason; null while it can be resumed
    pack_id    TEXT    NOT NULL,
    pack_title TEXT    NOT NULL,
    seed       INTEGER NOT NULL,                  -- the 64 bits of a u64
    writer     TEXT    NOT NULL,
    language   TEXT    NOT NULL,
    snapshot   TEXT CHECK (json_valid(snapshot)), -- the interview's state after its last turn
    CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) STRICT;

CREATE TABLE turns (
    interview_id INTEGER NOT NULL REFERENCES interviews (id) ON DELETE CASCADE,
    turn         INTEGER NOT NULL CHECK (turn >= 0),
    at           TEXT    NOT NULL,
    topic        TEXT    NOT NULL,                -- asked in turn 0, answered in the others
    message      TEXT,                            -- null in turn 0
    verdict      TEXT CHECK (json_valid(verdict)),
    next         TEXT,                            -- the topic selected
    reply        TEXT,                            -- null until it is written
    writer       TEXT,
    fallback     INTEGER CHECK (fallback IN (0, 1)),
    ms           TEXT NOT NULL CHECK (json_valid(ms)),
    PRIMARY KEY (interview_id, turn),
    CHECK ((message IS NULL) = (verdict IS NULL)),
    CHECK ((reply IS NULL) = (writer IS NULL))
) STRICT;
