import type { Migration } from './migrations.ts';

/** 'VISG': marks project.db as ours (SQLite's application_id). */
export const APPLICATION_ID = 0x56495347;

/**
 * Tables of a project. What a person, model or data set said stands in `events`, which is append-only; `labels`,
 * `batches.standing` and `sources.faces` are derived from it in the same transaction and checked by `verify`.
 *
 * `labels.state` packs the five current labels: attribute a has six bits from bit 6a on, the low three hold
 * value + 1, the high three ORIGIN_RANK + 1 (0 where nobody said anything). The view `current_labels` unpacks it.
 */
const FIRST = `
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  format TEXT NOT NULL,
  root TEXT,
  faces INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE identities (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES sources(id),
  name TEXT NOT NULL,
  UNIQUE (source, name)
) STRICT;

CREATE TABLE images (
  id INTEGER PRIMARY KEY,
  source INTEGER NOT NULL REFERENCES sources(id),
  path TEXT NOT NULL,
  place TEXT,
  hash BLOB,
  bytes INTEGER,
  mtime INTEGER,
  width INTEGER,
  height INTEGER,
  state INTEGER NOT NULL DEFAULT 0,
  problem TEXT,
  UNIQUE (source, path)
) STRICT;
CREATE INDEX images_by_place ON images(source, place) WHERE place IS NOT NULL;
CREATE INDEX images_by_hash ON images(hash) WHERE hash IS NOT NULL;

CREATE TABLE faces (
  id INTEGER PRIMARY KEY,
  image INTEGER NOT NULL REFERENCES images(id),
  key TEXT NOT NULL,
  identity INTEGER REFERENCES identities(id),
  x REAL, y REAL, width REAL, height REAL,
  points BLOB,
  landmarks BLOB,
  score REAL,
  split TEXT,
  raw TEXT,
  UNIQUE (image, key)
) STRICT;

CREATE TABLE agents (
  id INTEGER PRIMARY KEY,
  origin INTEGER NOT NULL CHECK (origin BETWEEN 0 AND 3),
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  UNIQUE (origin, name, hash)
) STRICT;

CREATE TABLE batches (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  description TEXT NOT NULL,
  agent INTEGER NOT NULL REFERENCES agents(id),
  time INTEGER NOT NULL,
  target INTEGER REFERENCES batches(id),
  first_event INTEGER NOT NULL,
  events INTEGER NOT NULL DEFAULT 0,
  standing INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX batches_by_target ON batches(target) WHERE target IS NOT NULL;

CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  face INTEGER NOT NULL REFERENCES faces(id),
  attribute INTEGER NOT NULL CHECK (attribute BETWEEN 0 AND 4),
  value INTEGER NOT NULL,
  agent INTEGER NOT NULL REFERENCES agents(id),
  confidence REAL,
  batch INTEGER NOT NULL REFERENCES batches(id),
  retracts INTEGER REFERENCES events(id)
) STRICT;
CREATE INDEX events_by_face ON events(face, attribute);

CREATE TRIGGER events_are_kept BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'label events are append-only: they are never deleted'); END;
CREATE TRIGGER events_are_fixed BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'label events are append-only: they are never changed'); END;
CREATE TRIGGER events_are_new BEFORE INSERT ON events
WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM events WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'label events are append-only: they are never replaced'); END;
CREATE TRIGGER batches_are_kept BEFORE DELETE ON batches
BEGIN SELECT RAISE(ABORT, 'batches are append-only: they are never deleted'); END;
CREATE TRIGGER batches_are_fixed BEFORE UPDATE OF id, kind, agent, time, target, first_event ON batches
BEGIN SELECT RAISE(ABORT, 'batches are append-only: they are never changed'); END;
CREATE TRIGGER batches_are_new BEFORE INSERT ON batches
WHEN NEW.id > 0 AND EXISTS (SELECT 1 FROM batches WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'batches are append-only: they are never replaced'); END;

CREATE TABLE labels (
  face INTEGER PRIMARY KEY REFERENCES faces(id),
  source INTEGER NOT NULL,
  identity INTEGER,
  state INTEGER NOT NULL DEFAULT 0,
  cohort INTEGER NOT NULL DEFAULT -1,
  confidences BLOB
) STRICT;
CREATE INDEX labels_by_cohort ON labels(source, cohort);

CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL,
  manifest TEXT NOT NULL,
  folder TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;

CREATE TABLE features (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  model TEXT NOT NULL,
  model_hash TEXT NOT NULL,
  tap TEXT NOT NULL,
  rows INTEGER NOT NULL,
  dimensions INTEGER NOT NULL,
  kind TEXT NOT NULL,
  device TEXT NOT NULL,
  file TEXT NOT NULL UNIQUE,
  layout TEXT,
  time INTEGER NOT NULL
) STRICT;

CREATE TABLE clusterings (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  feature_set INTEGER NOT NULL REFERENCES features(id),
  k INTEGER NOT NULL,
  inertia REAL NOT NULL,
  iterations INTEGER NOT NULL,
  settings TEXT NOT NULL,
  device TEXT NOT NULL,
  seconds REAL NOT NULL,
  time INTEGER NOT NULL,
  faces INTEGER NOT NULL,
  file TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE scores (
  id INTEGER PRIMARY KEY,
  clustering INTEGER NOT NULL REFERENCES clusterings(id) ON DELETE CASCADE,
  result TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
CREATE INDEX scores_by_clustering ON scores(clustering);

CREATE TABLE projections (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  feature_set INTEGER NOT NULL REFERENCES features(id),
  method TEXT NOT NULL,
  settings TEXT NOT NULL,
  seconds REAL NOT NULL,
  time INTEGER NOT NULL,
  faces INTEGER NOT NULL,
  file TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  input TEXT NOT NULL,
  state TEXT NOT NULL,
  result TEXT,
  problem TEXT,
  device TEXT,
  started INTEGER NOT NULL,
  ended INTEGER
) STRICT;

CREATE VIEW current_labels AS SELECT face, source, identity,
  (state & 7) - 1 AS age, ((state >> 6) & 7) - 1 AS gender, ((state >> 12) & 7) - 1 AS race,
  ((state >> 18) & 7) - 1 AS pitch, ((state >> 24) & 7) - 1 AS yaw, cohort FROM labels;
`;

/** `key` says which network was judged how on which pairs; `detail` is what is only read for one evaluation. */
const EVALUATIONS = `
CREATE TABLE evaluations (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  model TEXT NOT NULL,
  model_hash TEXT NOT NULL,
  pairs TEXT NOT NULL,
  pairs_hash TEXT NOT NULL,
  result TEXT NOT NULL,
  detail TEXT NOT NULL,
  time INTEGER NOT NULL
) STRICT;
`;

/**
 * Quality figures, 0…1 (null: cannot be measured), by the version of the formula. A figure is of the pixels and the place
 * that it was made from: where either becomes another, it goes.
 */
const QUALITIES = `
CREATE TABLE qualities (
  face INTEGER PRIMARY KEY REFERENCES faces(id),
  version INTEGER NOT NULL,
  total REAL NOT NULL,
  size REAL NOT NULL,
  sharpness REAL NOT NULL,
  pose REAL,
  score REAL,
  occlusion REAL
) STRICT;
CREATE TRIGGER qualities_of_moved_faces AFTER UPDATE OF points, landmarks, score ON faces
WHEN NEW.points IS NOT OLD.points OR NEW.landmarks IS NOT OLD.landmarks OR NEW.score IS NOT OLD.score
BEGIN DELETE FROM qualities WHERE face = NEW.id; END;
CREATE TRIGGER qualities_of_other_pictures AFTER UPDATE OF hash ON images
WHEN OLD.hash IS NOT NULL AND NEW.hash IS NOT OLD.hash
BEGIN DELETE FROM qualities WHERE face IN (SELECT id FROM faces WHERE image = NEW.id); END;
`;

/** Schema version n is reached by the first n of these. Never change one that was released: add another. */
export const MIGRATIONS: readonly Migration[] = [
  (db) => db.exec(FIRST),
  (db) => db.exec(EVALUATIONS),
  (db) => db.exec(QUALITIES),
];
