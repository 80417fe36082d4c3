-- What learners insisted on, for the instructor.

CREATE TABLE disputes (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    interview_id INTEGER NOT NULL REFERENCES interviews (id) ON DELETE CASCADE,
    turn         INTEGER NOT NULL,
    at           TEXT    NOT NULL,
    topic        TEXT    NOT NULL,
    label        TEXT    NOT NULL,
    message      TEXT    NOT NULL,
    resolved     INTEGER NOT NULL DEFAULT 0 CHECK (resolved IN (0, 1)),
    UNIQUE (interview_id, turn, label)
) STRICT;
