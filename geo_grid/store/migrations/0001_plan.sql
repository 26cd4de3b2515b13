-- The tables of a plan (geo_grid/schema). fid keeps the order of rows and is what QGIS takes for the row number.
-- Geometry columns get their SRID with the first plan: it is the plan's own.
CREATE EXTENSION IF NOT EXISTS postgis;

CREATE TABLE geo_grid.areas (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    code text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    parent_code text,
    households bigint NOT NULL,
    border_shift double precision NOT NULL,
    geom geometry(MultiPolygon) NOT NULL
);
CREATE INDEX areas_geom ON geo_grid.areas USING gist (geom);

CREATE TABLE geo_grid.units (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    area_code text NOT NULL,
    grid_code_l1 text NOT NULL,
    grid_code_l2 text NOT NULL,
    grid_code_l3 text,
    households bigint NOT NULL,
    stack_id text NOT NULL,
    building text,
    entrance text,
    floor_from bigint,
    floor_to bigint,
    "group" text,
    exclave bigint NOT NULL,
    geom geometry(Polygon) NOT NULL
);
CREATE INDEX units_geom ON geo_grid.units USING gist (geom);
CREATE INDEX units_area_code ON geo_grid.units (area_code);
CREATE INDEX units_grid_code_l1 ON geo_grid.units (grid_code_l1);
CREATE INDEX units_grid_code_l2 ON geo_grid.units (grid_code_l2);
CREATE INDEX units_grid_code_l3 ON geo_grid.units (grid_code_l3);

CREATE TABLE geo_grid.grids (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    code text PRIMARY KEY,
    level bigint NOT NULL,
    parent_code text,
    area_code text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    households bigint NOT NULL,
    low bigint,
    high bigint,
    status text NOT NULL,
    geom geometry(MultiPolygon) NOT NULL
);
CREATE INDEX grids_geom ON geo_grid.grids USING gist (geom);
CREATE INDEX grids_area_code ON geo_grid.grids (area_code);
CREATE INDEX grids_parent_code ON geo_grid.grids (parent_code);
CREATE INDEX grids_level ON geo_grid.grids (level);

CREATE TABLE geo_grid.exceptions (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    grid_code text PRIMARY KEY,
    level bigint NOT NULL,
    reason text NOT NULL,
    violation bigint NOT NULL,
    smallest_violation bigint NOT NULL,
    proof text NOT NULL
);

CREATE TABLE geo_grid.elements (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    class text NOT NULL,
    name text,
    measure double precision NOT NULL,
    measure_unit text NOT NULL,
    outside double precision NOT NULL,
    source text NOT NULL,
    source_row bigint NOT NULL,
    geom geometry NOT NULL
);
CREATE INDEX elements_geom ON geo_grid.elements USING gist (geom);

CREATE TABLE geo_grid.element_shares (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    element_id text NOT NULL,
    grid_code text NOT NULL,
    level bigint NOT NULL,
    measure double precision NOT NULL,
    held double precision NOT NULL,
    geom geometry NOT NULL,
    PRIMARY KEY (element_id, grid_code)
);
CREATE INDEX element_shares_geom ON geo_grid.element_shares USING gist (geom);
CREATE INDEX element_shares_grid_code ON geo_grid.element_shares (grid_code);

-- Households and what was refused of them are personal data: nobody but the owner may read them unless granted.
CREATE TABLE geo_grid.households (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    id text PRIMARY KEY,
    unit_id text NOT NULL,
    area_code text NOT NULL,
    source text NOT NULL,
    source_row bigint NOT NULL,
    building text,
    entrance text,
    floor bigint,
    "group" text,
    address text,
    residents bigint,
    geom geometry(Point) NOT NULL
);
CREATE INDEX households_geom ON geo_grid.households USING gist (geom);
CREATE INDEX households_area_code ON geo_grid.households (area_code);
CREATE INDEX households_unit_id ON geo_grid.households (unit_id);

CREATE TABLE geo_grid.quarantine (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    source text NOT NULL,
    "row" bigint NOT NULL,
    reason text NOT NULL,
    raw text NOT NULL
);
REVOKE ALL ON geo_grid.households, geo_grid.quarantine FROM PUBLIC;

CREATE TABLE geo_grid.meta (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    key text PRIMARY KEY,
    value text NOT NULL
);
