"""The tables of complaints; what was in the table `complaints` moves over."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

# A case without a running clock is due after every other one.
NEVER: Final = "9999"

_TABLES: Final = f"""
CREATE TABLE cases (
  id INTEGER PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL,
  inbox INTEGER NOT NULL REFERENCES inbox(id),
  channel TEXT NOT NULL,
  chat TEXT NOT NULL,
  word TEXT,
  text TEXT NOT NULL,
  guide TEXT,
  material TEXT,
  about_guide INTEGER NOT NULL DEFAULT 0,
  place TEXT,
  place_name TEXT,
  suggested TEXT,
  day TEXT,
  amount TEXT,
  contact TEXT,
  organisation TEXT,
  handler TEXT,
  filed_at TEXT NOT NULL,
  dispatched_at TEXT,
  answered_at TEXT,
  closed_at TEXT,
  clock TEXT,
  clock_since TEXT,
  clock_days INTEGER,
  due_on TEXT,
  due_at TEXT NOT NULL DEFAULT '{NEVER}',
  provisional INTEGER NOT NULL DEFAULT 0,
  paused TEXT,
  extended INTEGER NOT NULL DEFAULT 0,
  escalation INTEGER NOT NULL DEFAULT 0,
  round INTEGER NOT NULL DEFAULT 1,
  answer TEXT,
  code TEXT,
  verdict TEXT,
  satisfaction INTEGER,
  wish_withdrawn INTEGER NOT NULL DEFAULT 0,
  merged_into INTEGER REFERENCES cases(id),
  topic INTEGER REFERENCES topics(id),
  form_open INTEGER NOT NULL DEFAULT 0,
  anonymised_at TEXT
);
CREATE INDEX cases_due ON cases (due_at, id);
CREATE INDEX cases_state ON cases (state, due_at, id);
CREATE INDEX cases_organisation ON cases (organisation, due_at, id);
CREATE INDEX cases_guide ON cases (guide, due_at, id);
CREATE INDEX cases_topic ON cases (topic);
CREATE INDEX cases_chat ON cases (channel, chat, id);
CREATE INDEX cases_filed ON cases (filed_at);

CREATE TABLE case_history (
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  role TEXT NOT NULL,
  organisation TEXT,
  event TEXT NOT NULL,
  source TEXT,
  target TEXT,
  reason TEXT NOT NULL DEFAULT '',
  data TEXT NOT NULL DEFAULT '{{}}',
  inbox INTEGER REFERENCES inbox(id)
);
CREATE INDEX case_history_case ON case_history (case_id, id);
-- Append-only. Words may be blanked when a case is anonymised; what happened and when stays.
CREATE TRIGGER case_history_kept BEFORE DELETE ON case_history
BEGIN SELECT RAISE(ABORT, 'the history of a case is append-only'); END;
CREATE TRIGGER case_history_true BEFORE UPDATE ON case_history
WHEN NEW.reason <> '' OR NEW.data <> '{{}}' OR NEW.id <> OLD.id OR NEW.case_id <> OLD.case_id
  OR NEW.at <> OLD.at OR NEW.role <> OLD.role OR NEW.event <> OLD.event
  OR NEW.source IS NOT OLD.source OR NEW.target IS NOT OLD.target
  OR NEW.organisation IS NOT OLD.organisation OR NEW.inbox IS NOT OLD.inbox
  OR (NEW.actor <> OLD.actor AND OLD.role <> 'citizen')
BEGIN SELECT RAISE(ABORT, 'the history of a case is append-only'); END;

CREATE TABLE case_timers (
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  clock TEXT NOT NULL,
  kind TEXT NOT NULL,
  due_at TEXT NOT NULL,
  fired_at TEXT,
  cancelled_at TEXT
);
CREATE INDEX case_timers_waiting ON case_timers (due_at, id)
  WHERE fired_at IS NULL AND cancelled_at IS NULL;
CREATE INDEX case_timers_case ON case_timers (case_id);

CREATE TABLE case_notes (
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX case_notes_case ON case_notes (case_id);

CREATE TABLE case_attachments (
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  at TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  file TEXT NOT NULL,
  removed_at TEXT
);
CREATE INDEX case_attachments_case ON case_attachments (case_id);

CREATE TABLE case_verdicts (
  id INTEGER PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  round INTEGER NOT NULL,
  at TEXT NOT NULL,
  verdict TEXT NOT NULL,
  satisfaction INTEGER,
  organisation TEXT,
  handler TEXT
);
CREATE UNIQUE INDEX case_verdicts_round ON case_verdicts (case_id, round);

CREATE TABLE topics (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  guide TEXT,
  organisation TEXT,
  opened_at TEXT NOT NULL,
  opened_by TEXT NOT NULL,
  closed_at TEXT
);
CREATE INDEX topics_matter ON topics (guide, organisation) WHERE closed_at IS NULL;

CREATE TABLE case_days (day TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE case_tries (number TEXT NOT NULL, day TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (number, day));
-- Chats that gave the right check word of a case that another chat filed.
CREATE TABLE case_access (case_id INTEGER NOT NULL REFERENCES cases(id), channel TEXT NOT NULL,
  chat TEXT NOT NULL, PRIMARY KEY (case_id, channel, chat));
CREATE TABLE vault_checks (id INTEGER PRIMARY KEY, token TEXT NOT NULL);
"""

_MOVE_OVER: Final = """
INSERT INTO cases (number, state, inbox, channel, chat, text, guide, filed_at)
SELECT c.number, 'registered', c.inbox, i.channel, i.chat, c.text, c.guide, c.at
FROM complaints AS c JOIN inbox AS i ON i.id = c.inbox ORDER BY c.id;
INSERT INTO case_history (case_id, at, actor, role, event, target, inbox)
SELECT id, filed_at, 'citizen', 'citizen', 'file', 'registered', inbox FROM cases;
INSERT INTO case_days (day, count)
SELECT substr(number, 1, 8), max(CAST(substr(number, 10) AS INTEGER)) FROM cases GROUP BY 1;
DROP TABLE complaints;
"""


def cases(db: Database) -> None:
    """Makes the tables and moves the complaints over; their clocks start with the first tick."""
    for statement in _statements(_TABLES + _MOVE_OVER):
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """One by one: `executescript` would commit what came before."""
    found, part = [], ""
    for line in script.splitlines(keepends=True):
        part += line
        trigger = "CREATE TRIGGER" in part
        if line.rstrip().endswith("END;" if trigger else ";"):
            found.append(part)
            part = ""
    return found
