-- What phones of grid workers sent: records, photos, tracks, matters (geo_grid/schema/field.py).

CREATE TABLE geo_grid.field_events (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    seq bigint,
    kind text NOT NULL,
    matter_id text,
    after text NOT NULL,
    owner_id text,
    area_code text,
    grid_code text,
    author text NOT NULL,
    role text NOT NULL,
    prefix text NOT NULL,
    device text NOT NULL,
    clock text NOT NULL,
    made_at text NOT NULL,
    received_at text NOT NULL,
    digest text NOT NULL,
    body text NOT NULL,
    stamp text NOT NULL,
    verdict text NOT NULL
);
CREATE UNIQUE INDEX field_events_seq ON geo_grid.field_events (seq);
CREATE INDEX field_events_matter_id ON geo_grid.field_events (matter_id);
CREATE INDEX field_events_owner_id ON geo_grid.field_events (owner_id);
CREATE INDEX field_events_author ON geo_grid.field_events (author);

CREATE TABLE geo_grid.records (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    plan_version bigint NOT NULL,
    element_id text,
    "class" text,
    area_code text NOT NULL,
    grid_code text,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    x double precision NOT NULL,
    y double precision NOT NULL,
    accuracy double precision,
    place_source text NOT NULL,
    distance double precision,
    author text NOT NULL,
    made_at text NOT NULL,
    received_at text NOT NULL,
    checklist text NOT NULL,
    notes text NOT NULL,
    round_id text,
    warnings text NOT NULL
);
CREATE INDEX records_element_id ON geo_grid.records (element_id);
CREATE INDEX records_made_at ON geo_grid.records (made_at);

CREATE TABLE geo_grid.photos (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    owner_id text NOT NULL,
    role text NOT NULL,
    sha256 text NOT NULL,
    size bigint NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    content_type text NOT NULL,
    exif text NOT NULL,
    author text NOT NULL,
    taken_at text NOT NULL,
    received_at text NOT NULL
);
CREATE INDEX photos_owner_id ON geo_grid.photos (owner_id);
CREATE INDEX photos_author ON geo_grid.photos (author);

CREATE TABLE geo_grid.uploads (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    photo_id text PRIMARY KEY,
    received bigint NOT NULL,
    stored_name text,
    stored_sha256 text,
    refused text,
    changed_at text NOT NULL
);

CREATE TABLE geo_grid.matters (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    category text NOT NULL,
    status text NOT NULL,
    conflict bigint NOT NULL,
    plan_version bigint NOT NULL,
    element_id text,
    area_code text NOT NULL,
    grid_code text,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    x double precision NOT NULL,
    y double precision NOT NULL,
    accuracy double precision,
    found_by text NOT NULL,
    found_at text NOT NULL,
    assignee text,
    due_at text NOT NULL,
    mended_at text,
    closed_at text,
    heads text NOT NULL
);
CREATE INDEX matters_found_at ON geo_grid.matters (found_at);
CREATE INDEX matters_area_code ON geo_grid.matters (area_code);

CREATE TABLE geo_grid.matter_changes (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    matter_id text NOT NULL,
    kind text NOT NULL,
    after text NOT NULL,
    status text,
    author text NOT NULL,
    role text NOT NULL,
    clock text NOT NULL,
    made_at text NOT NULL,
    received_at text NOT NULL,
    body text NOT NULL
);
CREATE INDEX matter_changes_matter_id ON geo_grid.matter_changes (matter_id);

CREATE TABLE geo_grid.tracks (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    round_id text NOT NULL,
    author text NOT NULL,
    area_code text NOT NULL,
    started_at text NOT NULL,
    ended_at text NOT NULL,
    received_at text NOT NULL,
    points text NOT NULL,
    thinned_at text
);
CREATE INDEX tracks_started_at ON geo_grid.tracks (started_at);
CREATE INDEX tracks_author ON geo_grid.tracks (author);

-- Positions of persons among them: only the owner may read them unless granted.
REVOKE ALL ON geo_grid.field_events, geo_grid.records, geo_grid.photos, geo_grid.uploads, geo_grid.matters,
    geo_grid.matter_changes, geo_grid.tracks FROM PUBLIC;
