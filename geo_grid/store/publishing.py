"""Published versions: copies of areas that never change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.schema import LINEAGE, PUBLISHED, TABLES
from geo_grid.store.changing import apply_delta, builds_going_on, current_build, hold, write_audit
from geo_grid.store.delta import check_delta
from geo_grid.store.digest import edition_hashes, joint_hash
from geo_grid.store.frames import frame_from_columns
from geo_grid.store.ledger_base import LedgerBase, select
from geo_grid.store.records import Audit, timestamp
from geo_grid.store.values import insert_query, plain_rows, refuse_unstorable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from geo_grid.store.backend import Transaction
    from geo_grid.store.delta import Delta

_BY_GRID = "editions e JOIN grids g ON g.area_code = e.area_code JOIN {} t ON t.grid_code = g.code"
_HASHED = 100  # editions read at once: a whole city would fill the memory
#: Table → its rows (t) joined to the editions (e) they are copied into, all areas at once.
_COPIED = {
    "areas": "editions e JOIN {} t ON t.code = e.area_code",
    "units": "editions e JOIN {} t ON t.area_code = e.area_code",
    "grids": "editions e JOIN {} t ON t.area_code = e.area_code",
    "exceptions": _BY_GRID,
    "element_shares": _BY_GRID,
    "elements": "editions e JOIN {} t ON e.area_code = ''",
    "meta": "editions e JOIN {} t ON e.area_code = ''",
}


class Publishing(LedgerBase):
    """The part of the ledger that knows what was published."""

    def publish(
        self,
        areas: Sequence[str],
        settled: Mapping[str, Delta],
        lineage: pd.DataFrame,
        *,
        name: str,
        note: str | None,
        author: str,
        expected: Mapping[str, int],
    ) -> int:
        """Publish areas: a new version with their rows as they are, and the other areas as last published.

        One transaction: there is a whole new version afterwards, or none. An area that was published in the same
        revision is not copied again. The first time, and after a new build, all areas are published.

        Parameters
        ----------
        areas : sequence of str
            Codes of the areas.
        settled : mapping of str to Delta
            Changes of the draft, by area, that are made first; an area not among ``areas`` is not published by that.
        lineage : DataFrame
            Rows of the table ``lineage`` without the version.
        name : str
            Name of the version.
        note : str or None
            What is to be said of it.
        author : str
            Who publishes.
        expected : mapping of str to int
            The revision, by area, that must be the head.

        Returns
        -------
        int
            Number of the version.

        Raises
        ------
        ConflictError
            If an area has another head by now.
        StoreError
            If there is no such area, or rows do not fit the schema.
        """
        note = note or ""
        refuse_unstorable(name=name, note=note, author=author)
        for area, delta in settled.items():
            check_delta(area, delta)
        with self._backend.writing() as tx:
            tx.lock("plan")
            tx.lock("heads")
            for area in sorted({*areas, *settled, *expected}):
                hold(tx, area, expected.get(area))
            for delta in settled.values():
                apply_delta(tx, delta)
            number = int(tx.rows("SELECT coalesce(max(number), 0) + 1 FROM versions")[0][0])
            changed = _changed(tx, set(areas), {area for area in settled if any(settled[area])})
            _copy(tx, number, changed)
            _seal(tx, number, name, author, note, lineage)
            request = {"areas": sorted(areas), "name": name, "note": note}
            copied = [area for area in changed if area]
            write_audit(tx, "", Audit(author, "publish", request, {"version": number, "areas": copied}))
        return number

    def versions(self) -> list[dict[str, Any]]:
        """Return what was published.

        Returns
        -------
        list of dict
            Rows of the table ``versions``, the first version first.
        """
        return self._dicts("versions", "ORDER BY number")

    def published_heads(self) -> dict[str, int]:
        """Return which revision of each area the latest version shows.

        Returns
        -------
        dict of str to int
            By code of the area; areas that were not published since they were built, or rebuilt, are missing.
        """
        with self._reading("edits") as tx:
            if tx is None:
                return {}
            since = dict(builds_going_on(tx))
            rows = tx.rows(
                "SELECT e.area_code, e.revision, e.build FROM version_areas v JOIN editions e ON e.id = v.edition"
                " WHERE v.version = (SELECT max(number) FROM versions) AND e.area_code <> '' ORDER BY e.area_code"
            )
        return {area: revision for area, revision, build in rows if build in since and area not in since[build]}

    def lineage(self, version: int | None = None, code: str | None = None) -> pd.DataFrame:
        """Return what became of grids.

        Parameters
        ----------
        version : int, optional
            Only what changed with this version.
        code : str, optional
            Only rows with this grid on either side.

        Returns
        -------
        DataFrame
            Rows of the table ``lineage``.
        """
        conditions, values = ["1 = 1"], list[Any]()
        if version is not None:
            conditions, values = [*conditions, "version = ?"], [*values, version]
        if code is not None:
            conditions, values = [*conditions, "(old_code = ? OR new_code = ?)"], [*values, code, code]
        rows = self._rows(f"{select('lineage')} WHERE {' AND '.join(conditions)} ORDER BY fid", values)
        columns = list(zip(*rows, strict=True)) or [()] * len(LINEAGE.columns)
        return frame_from_columns(LINEAGE, dict(zip(LINEAGE.column_names, columns, strict=True)), None, "")


def _standing(tx: Transaction) -> dict[str, tuple[int, int]]:
    """Return the newest edition of each area since it was built, or rebuilt, and the revision it shows."""
    out: dict[str, tuple[int, int]] = {}
    for build, changed in builds_going_on(tx):
        query = (
            "SELECT area_code, id, revision FROM editions"
            " WHERE id IN (SELECT max(id) FROM editions WHERE build = ? GROUP BY area_code)"
        )
        for area, edition, revision in tx.rows(query, (build,)):
            if area not in changed:
                out.setdefault(area, (edition, revision))
    return out


def _changed(tx: Transaction, chosen: set[str], settled: set[str]) -> list[str]:
    """Return the areas that need a new edition; "" stands for the rows of the city as a whole."""
    latest = {area: revision for area, (_, revision) in _standing(tx).items()}
    heads = dict(tx.rows("SELECT area_code, number FROM heads"))
    areas = ["", *(area for (area,) in tx.rows("SELECT code FROM areas ORDER BY fid"))]
    return [
        area
        for area in areas
        if area not in latest or (area in chosen and (latest[area] != heads.get(area, 0) or area in settled))
    ]


def _copy(tx: Transaction, number: int, areas: list[str]) -> None:
    """Copy rows of areas into editions of their own, table by table."""
    if not areas:
        return
    build = current_build(tx)
    heads = dict(tx.rows("SELECT area_code, number FROM heads"))
    first = int(tx.rows("SELECT coalesce(max(id), 0) + 1 FROM editions")[0][0])
    tx.many(
        "INSERT INTO editions (id, area_code, version, revision, build, content_hash) VALUES (?, ?, ?, ?, ?, '')",
        [(first + place, area, number, heads.get(area, 0), build) for place, area in enumerate(areas)],
    )
    for name, source in _COPIED.items():
        names = ", ".join(f'"{column}"' for column in TABLES[name].column_names)
        values = ", ".join(f't."{column}"' for column in TABLES[name].column_names)
        tx.rows(
            f'INSERT INTO "{PUBLISHED[name].name}" (edition, {names})'  # noqa: S608  names come from the schema
            f" SELECT e.id, {values} FROM {source.format(name)} WHERE e.version = ? ORDER BY e.id, t.fid",
            (number,),
        )
    for start in range(first, first + len(areas), _HASHED):
        hashes = edition_hashes(tx, start, min(start + _HASHED, first + len(areas)) - 1)
        rows = [(text, edition) for edition, text in hashes.items()]
        tx.many("UPDATE editions SET content_hash = ? WHERE id = ?", rows)


def _seal(tx: Transaction, number: int, name: str, author: str, note: str, lineage: pd.DataFrame) -> None:
    """Say which editions a version consists of; its own row comes last, and nothing can be added after it."""
    there = {"", *(area for (area,) in tx.rows("SELECT code FROM areas"))}
    tx.many(
        "INSERT INTO version_areas (version, area_code, edition) VALUES (?, ?, ?)",
        [(number, area, edition) for area, (edition, _) in sorted(_standing(tx).items()) if area in there],
    )
    if len(lineage):
        tx.many(insert_query(LINEAGE, ""), plain_rows(LINEAGE, lineage.assign(version=number)))
    hashes = tx.rows(
        "SELECT v.area_code, e.content_hash FROM version_areas v JOIN editions e ON e.id = v.edition WHERE v.version = ?",
        (number,),
    )
    tx.rows(
        "INSERT INTO versions (number, name, made_at, author, note, content_hash) VALUES (?, ?, ?, ?, ?, ?)",
        (number, name, timestamp(), author, note, joint_hash(hashes)),
    )
