"""The tables of the store, and the migrations of older ones.

`PRAGMA application_id` identifies a database of EffectTalk, `PRAGMA user_version` is the number
of migrations that it has had.
"""

from typing import Final

# "EfTk"
APPLICATION_ID: Final = 0x4566546B

_FIRST: Final = """
CREATE TABLE sessions (
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    notebook TEXT NOT NULL DEFAULT '',      -- its path, where Jupyter tells it
    shell TEXT NOT NULL DEFAULT '',
    host TEXT NOT NULL DEFAULT '',
    pid INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL,                  -- Unix seconds, as all times
    modified REAL NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('live', 'closed', 'lost', 'archived')),
    cwd TEXT NOT NULL DEFAULT '',
    active_block INTEGER,                   -- number of the block that runs
    continues TEXT NOT NULL DEFAULT '',     -- block whose state it began with: SESSION-NUMBER
    blocks INTEGER NOT NULL DEFAULT 0,      -- how many there are
    failed INTEGER NOT NULL DEFAULT 0,
    kept_bytes INTEGER NOT NULL DEFAULT 0,  -- of its outputs
    environment BLOB,                       -- what it began with: JSON, zlib
    document BLOB                           -- the notebook it was imported from: JSON, zlib
);
-- None by what changes with every block: a reply waits for each page that is written.
CREATE INDEX sessions_by_notebook ON sessions (notebook);

CREATE TABLE blocks (
    key INTEGER PRIMARY KEY,
    session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    code TEXT NOT NULL,
    status TEXT NOT NULL,
    exit_status INTEGER,
    started REAL NOT NULL,
    ended REAL,
    cwd TEXT NOT NULL DEFAULT '',
    record TEXT NOT NULL DEFAULT '{}',      -- as in the notebook: JSON
    UNIQUE (session, number)
);
CREATE INDEX blocks_by_started ON blocks (started);
CREATE INDEX blocks_failed ON blocks (started)
    WHERE status NOT IN ('running', 'success', 'background');
CREATE INDEX blocks_by_cwd ON blocks (cwd, started);

-- What a cell shows: a list of outputs as in the notebook format: JSON, zlib.
CREATE TABLE outputs (
    block INTEGER PRIMARY KEY REFERENCES blocks (key) ON DELETE CASCADE,
    size_bytes INTEGER NOT NULL,
    data BLOB NOT NULL
);

-- The shell's state after a block (0: at the beginning) is a script in three
-- pieces; most blocks change one of them, or none.
CREATE TABLE pieces (
    key INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,              -- SHA-256 of the text
    data BLOB NOT NULL                      -- the text: zlib
);
CREATE TABLE states (
    session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    variables INTEGER NOT NULL REFERENCES pieces (key),
    functions INTEGER NOT NULL REFERENCES pieces (key),
    options INTEGER NOT NULL REFERENCES pieces (key),
    jobs TEXT NOT NULL DEFAULT '[]',        -- what ran in the background then: JSON
    PRIMARY KEY (session, number)
) WITHOUT ROWID;
CREATE INDEX states_by_variables ON states (variables);
CREATE INDEX states_by_functions ON states (functions);
CREATE INDEX states_by_options ON states (options);

-- rowid: the block's key * 1024 + number of the part, of which long outputs have some.
-- facts: words by which a search is narrowed down, see `texts`.
CREATE VIRTUAL TABLE texts USING fts5 (code, output, facts);
"""

# One script for each version, the oldest first.
MIGRATIONS: Final = (_FIRST,)
VERSION: Final = len(MIGRATIONS)
