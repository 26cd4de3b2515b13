"""The whole of `geo-grid rebuild`: read, compare, mend, write, and say what changed."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from geo_grid.engine.litter import no_collecting
from geo_grid.errors import UsageError
from geo_grid.rebuild.forking import beside, worth_forking
from geo_grid.rebuild.ground import ground_moves
from geo_grid.rebuild.overlay import Overlay
from geo_grid.rebuild.reading import plain_memory, read_both
from geo_grid.rebuild.refusing import refuse_many_gone, refuse_other_ground, refuse_other_rules
from geo_grid.rebuild.renewal import mended_of, renewal_of, staying_of
from geo_grid.rebuild.renewing import Renewed, patched_tables, renew
from geo_grid.rebuild.telling import Told, tell
from geo_grid.rebuild.unusable import unusable_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.config import CityConfig
    from geo_grid.rebuild.reading import New
    from geo_grid.store.base import Store
    from geo_grid.store.delta import Delta
    from geo_grid.store.ledger import Ledger
    from geo_grid.store.mended import Mended
    from geo_grid.store.taking import Renewal, Staying

    Progress = Callable[[str, int, int], None]

#: Seconds until a file that is being closed is looked after by the disk: to let go of what was read stops all else here.
_HEAD_START = 0.01


class Rebuilt(NamedTuple):
    """What a rebuild did.

    Parameters
    ----------
    told : Told
        Lists of what changed.
    meta : dict
        What the plan says of itself now.
    mended : int
        Areas in which a band broke and was mended on the units as they stand.
    redrawn : int
        Areas that had to be drawn anew.
    touched : int
        Areas in which anything changed.
    come, gone : int
        Households that were not there before, and that are no more.
    written : bool
        False where the new data say nothing that the plan did not say already.
    """

    told: Told
    meta: dict[str, Any]
    mended: int
    redrawn: int
    touched: int
    come: int
    gone: int
    written: bool


@no_collecting()
@plain_memory()
def rebuild(
    config: CityConfig,
    store: Store,
    progress: Progress | None = None,
    new: Callable[[], New] | None = None,
    *,
    many_gone: bool = False,
) -> Rebuilt:
    """Take new household data into a plan; grids change only where they must.

    Parameters
    ----------
    config : CityConfig
        What ``city.toml`` says: the one the plan was built with, and new households.
    store : Store
        The store.
    progress : callable, optional
        Called with stage, done and total.
    new : callable, optional
        Waits for the new data where somebody reads them already.
    many_gone : bool
        Whether to go on where more households are gone than in any year.

    Returns
    -------
    Rebuilt
        What changed.

    Raises
    ------
    UsageError
        If there is no plan, more than the households is different, or they are those of another place.
    GeoGridError
        If the input cannot be used, or the draft was changed meanwhile.
    """
    if not store.exists():
        raise UsageError("there is no plan to go on from", file=store.label, mend="Build it first: geo-grid build.")
    with store.ledger() as ledger, ThreadPoolExecutor(1, "geo-grid closing") as aside:
        # a journal of hundreds of megabytes is brought into a file while what was read is let go
        def close() -> None:
            aside.submit(ledger.close)

        return _rebuilt(config, store, ledger, progress or (lambda *_: None), new, close, many_gone=many_gone)


def _rebuilt(
    config: CityConfig,
    store: Store,
    ledger: Ledger,
    progress: Progress,
    new: Callable[[], New] | None,
    close: Callable[[], None],
    *,
    many_gone: bool,
) -> Rebuilt:
    from geo_grid.build import plan_meta, refuse_empty_handed
    from geo_grid.codes import CodeProfile

    was = store.meta()
    build, heads = ledger.build(), {area: head.number for area, head in ledger.heads().items()}
    (city, placed, same_ground), draft = read_both(config, ledger, progress, new)
    profile = CodeProfile.from_config(config.code_profile, city.areas["code"], city.areas["kind"])
    meta = plan_meta(city, config, profile.to_dict(), placed)
    refuse_other_rules(was, {**meta, "crs": city.crs}, store.label)
    if not same_ground:
        refuse_other_ground(store, city)
    refuse_empty_handed(city, config, placed)
    if not many_gone:
        refuse_many_gone(draft.diff, city, config)
    done = renew(store, ledger, city, draft, config.seed, progress, config.min_contact)
    ledger.close()
    helper = worth_forking(store, len(done.patches))

    staying = staying_of(done.diff, build, heads)
    with ExitStack() as helpers:
        with ledger.taking(staying, city.crs, ahead=helper) as taking:
            mended = mended_of(city, done)
            taking.go_on(mended)
            ground = ground_moves(store, done)
            odd = store.read(("exceptions",))["exceptions"]
            reasons = dict(zip(odd["grid_code"], odd["reason"], strict=True))
            settled = _settled(store, done, city.crs)
            progress("store", 0, 1)
            renewal = renewal_of(ledger, store, city, done, settled, meta, helper=helper)
            written = changes_anything(staying, mended, renewal, was, store)

            def lists() -> Told:
                unused = unusable_rows(done, city.quarantine, config.inputs.households)
                return tell(done, ground, unused, city.areas, reasons)

            # nothing of it is stored, and from here on a core is idle
            telling = helpers.enter_context(beside(lists, helper=helper))
            if written:
                taking.finish(renewal)
        close()
        time.sleep(_HEAD_START)
        told = telling()
    progress("store", 1, 1)
    return Rebuilt(
        told,
        meta,
        mended=len(done.mended),
        redrawn=len(done.redrawn),
        touched=len(done.patches),
        come=len(done.diff.come),
        gone=len(done.diff.gone),
        written=written,
    )


def changes_anything(staying: Staying, mended: Mended, renewal: Renewal, was: dict[str, Any], store: Store) -> bool:
    """Tell whether the new data say anything that the plan does not say already.

    Parameters
    ----------
    staying, mended, renewal : Staying, Mended, Renewal
        What would be written.
    was : dict
        What the plan says of itself.
    store : Store
        The store.

    Returns
    -------
    bool
        False if only the time of building would be another.
    """
    if renewal.touched or staying.gone or staying.renumbers or len(mended.people):
        return True
    ours = {"built_at", "program_version", "seed"}
    said = {key: json.loads(text) for key, text in renewal.meta.items() if key not in ours}
    if any(was.get(key) != value for key, value in said.items()):
        return True
    names = ["source", "row", "reason", "raw"]
    rows = (store.read(("quarantine",))["quarantine"], mended.quarantine)
    one, other = (sorted(frame[names].astype(str).itertuples(index=False, name=None)) for frame in rows)
    return one != other


def _settled(store: Store, done: Renewed, crs: str) -> dict[str, Delta]:
    """Bring seams up to date around areas whose outer border got other vertices."""
    from geo_grid.desk.settle import settle_seams

    changed = sorted(done.borders)
    if not changed:
        return {}
    overlay = Overlay(
        store,
        {area: found.tables for area, found in done.redrawn.items()},
        lambda area, stored: patched_tables(done, area, stored, crs),
    )
    return settle_seams(cast("Store", overlay), changed)  # it reads areas, and no more
