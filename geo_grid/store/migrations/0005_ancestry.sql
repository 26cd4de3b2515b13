-- What the households of an area were in before a build, for the lineage of the next version (geo_grid/schema).

CREATE TABLE geo_grid.ancestry (
    fid bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    area_code text NOT NULL,
    build bigint NOT NULL,
    version bigint NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (area_code, build)
);

REVOKE ALL ON geo_grid.ancestry FROM PUBLIC;
