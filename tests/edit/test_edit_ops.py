"""What each edit does to a small town, and what it refuses."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from editing import area_of, with_delta
from plans import URBAN_2, tiny_plan
from towns import URBAN, VILLAGE, ground_of, town

from geo_grid.edit import (
    AreaState,
    RefusedError,
    apply_op,
    area_tables,
    compare_states,
    delta_of,
    faults_of,
    lineage_of,
    parse_op,
    read_ground,
    state_from_assignment,
)
from geo_grid.edit.view import runs_of, starts_of, unit_ids, view_of
from geo_grid.errors import StoreError, UsageError

if TYPE_CHECKING:
    from geo_grid.edit import Ground, Outcome


def do(ground: Ground, state: AreaState, numbers: dict[str, int] | None = None, **raw: Any) -> Outcome:
    return apply_op(ground, state, parse_op(raw), numbers or {})


def atoms_of(ground: Ground, state: AreaState, code: str) -> np.ndarray[Any, Any]:
    view = view_of(ground, state)
    level = next(at for at, codes in enumerate(view.codes) if code in codes)
    return view.labels[level] == view.codes[level].index(code)


def units_of(ground: Ground, state: AreaState, mine: np.ndarray[Any, Any]) -> list[str]:
    starts = starts_of(runs_of(ground, state))
    return [name for name, start in zip(unit_ids(ground, starts), starts, strict=True) if mine[start]]


def neighbours(ground: Ground, state: AreaState, level: int) -> list[tuple[str, str]]:
    """Pairs of grids of a level that touch."""
    view, links = view_of(ground, state), ground.links
    a, b = (view.labels[level - 1][ends] for ends in (links.u, links.v))
    pairs = np.unique(np.column_stack((a, b))[a != b], axis=0)
    return [(view.codes[level - 1][one], view.codes[level - 1][other]) for one, other in pairs]


def taken_move(ground: Ground, state: AreaState, level: int, *, across: bool = False) -> tuple[str, str, str, Outcome]:
    """Return unit, old grid, new grid and outcome of the first move over a border that is not refused."""
    view, links, runs = view_of(ground, state), ground.links, runs_of(ground, state)
    ids = unit_ids(ground, starts_of(runs))
    row = view.labels[level - 1]
    for u, v in zip(np.append(links.u, links.v), np.append(links.v, links.u), strict=True):
        old, new = (view.codes[level - 1][row[end]] for end in (u, v))
        apart = level > 1 and view.labels[level - 2][u] != view.labels[level - 2][v]
        lived = ground.atoms.weight[u] > 0 and (row == row[u]).sum() > 2 * (runs == runs[u]).sum()
        whole = (runs == runs[u]).sum() == (ground.atoms.stack == ground.atoms.stack[u]).sum()
        if old != new and lived and whole and apart == across:
            try:
                outcome = do(ground, state, op="move", units=[ids[runs[u]]], to=new, level=level)
            except RefusedError:
                continue
            return ids[runs[u]], old, new, outcome
    raise AssertionError("no unit can be moved")


def test_a_move_gives_the_unit_to_the_grid_and_to_its_parents() -> None:
    ground = ground_of(URBAN)
    unit, old, new, outcome = taken_move(ground, ground.base, 3, across=True)
    units = area_tables(ground, outcome.state)["units"].set_index("id")
    assert units.loc[unit, "grid_code_l3"] == new
    assert units.loc[unit, "grid_code_l2"] == new[:-3]
    assert units.loc[unit, "grid_code_l1"] == new[:-6]
    moved = {(m["level"], m["from"], m["to"]) for m in outcome.change["moved"]}
    assert {(3, old, new), (2, old[:-3], new[:-3])} <= moved


def test_a_move_changes_only_the_rows_it_concerns() -> None:
    ground = ground_of(URBAN)
    unit, old, new, outcome = taken_move(ground, ground.base, 3)
    delta = delta_of(ground, ground.base, outcome.state)
    assert set(delta.upserts["units"]["id"]) == {unit}
    assert {code for code in delta.upserts["grids"]["code"] if len(code) == len(new)} == {old, new}
    assert "areas" not in delta.upserts
    assert delta.households is None


def test_a_move_at_a_coarse_level_takes_whole_children_along_under_new_codes() -> None:
    ground = ground_of(URBAN)
    child, target = next(
        (one, other)
        for pair in neighbours(ground, ground.base, 2)
        for one, other in (pair, pair[::-1])
        if one[:-3] != other[:-3] and _is_taken(ground, one, other[:-3])
    )
    mine = atoms_of(ground, ground.base, child)
    outcome = do(ground, ground.base, op="move", units=units_of(ground, ground.base, mine), to=target[:-3], level=1)
    codes = {
        code
        for code, at in zip(outcome.state.codes, range(10**6), strict=False)
        if (outcome.state.leaf[mine] == at).any()
    }
    assert {code[:-6] for code in codes} == {target[:-3]}
    assert len({code[:-3] for code in codes}) == 1
    assert outcome.change["renamed"][child] in {code[:-3] for code in codes}
    assert np.array_equal(atoms_of(ground, outcome.state, outcome.change["renamed"][child]), mine)


def _is_taken(ground: Ground, child: str, to: str) -> bool:
    units = units_of(ground, ground.base, atoms_of(ground, ground.base, child))
    try:
        do(ground, ground.base, op="move", units=units, to=to, level=1)
    except RefusedError:
        return False
    return True


def test_what_breaks_a_grid_apart_is_refused_with_the_place() -> None:
    ground = ground_of(URBAN)
    view = view_of(ground, ground.base)
    pairs = {frozenset(pair) for pair in neighbours(ground, ground.base, 3)}
    far = next(
        code for code in view.codes[2] if frozenset((code, view.codes[2][0])) not in pairs and code != view.codes[2][0]
    )
    unit = units_of(ground, ground.base, atoms_of(ground, ground.base, view.codes[2][0]))[0]
    with pytest.raises(RefusedError, match="would fall into 2 pieces") as refused:
        do(ground, ground.base, op="move", units=[unit], to=far, level=3)
    assert refused.value.reason == "breaks_contiguity"
    assert refused.value.grids == [far]
    assert refused.value.at is not None
    assert shapely.intersects_xy(ground.area["geom"].iloc[0], *refused.value.at)


@pytest.mark.parametrize(
    "raw",
    [
        {"op": "merge", "grids": [f"{VILLAGE}001", f"{VILLAGE}002"]},
        {"op": "split", "grid": f"{VILLAGE}001", "parts": 2},
        {"op": "split_line", "grid": f"{VILLAGE}001", "line": [[500_000, 4_150_300], [502_000, 4_150_300]]},
    ],
)
def test_given_groups_are_not_redrawn(raw: dict[str, Any]) -> None:
    ground = ground_of(VILLAGE)
    assert ground.given
    with pytest.raises(RefusedError) as refused:
        do(ground, ground.base, **raw)
    assert refused.value.reason == "given_group"


def test_no_household_changes_its_given_group() -> None:
    ground = ground_of(VILLAGE)
    one, other = next(pair for pair in neighbours(ground, ground.base, 2) if pair[0][:-3] != pair[1][:-3])
    units = units_of(ground, ground.base, atoms_of(ground, ground.base, one))
    with pytest.raises(RefusedError) as refused:
        do(ground, ground.base, op="move", units=units[:1], to=other, level=2)
    assert refused.value.reason == "given_group"


def test_exclaves_follow_their_host() -> None:
    ground = ground_of(VILLAGE)
    away = np.flatnonzero(ground.atoms.host >= 0)
    assert len(away) == 1
    host = int(ground.atoms.host[away[0]])
    code = ground.base.codes[ground.base.leaf[host]]
    other = next(
        b if a == code else a for a, b in neighbours(ground, ground.base, 2) if code in (a, b) and a[:-3] == b[:-3]
    )
    after = do(ground, ground.base, op="merge", grids=[code, other], into=other).state
    units = area_tables(ground, after)["units"]
    assert units.loc[units["exclave"] == 1, "grid_code_l2"].tolist() == [other]


def test_a_locked_grid_neither_gains_nor_loses() -> None:
    ground = ground_of(URBAN)
    unit, old, new, _ = taken_move(ground, ground.base, 3)
    for code in (old, new, new[:-3]):
        locked = do(ground, ground.base, op="lock", grids=[code], locked=True).state
        if code == new[:-3] and old[:-3] == new[:-3]:
            do(ground, locked, op="move", units=[unit], to=new, level=3)  # inside a locked grid things may change
            continue
        with pytest.raises(RefusedError) as refused:
            do(ground, locked, op="move", units=[unit], to=new, level=3)
        assert refused.value.reason == "locked"
        assert refused.value.grids == [code]
        free = do(ground, locked, op="lock", grids=[code], locked=False).state
        assert free.equals(ground.base)


def test_a_retired_code_is_never_given_again() -> None:
    ground = ground_of(URBAN)
    one, other = next(pair for pair in neighbours(ground, ground.base, 3) if pair[0][:-3] == pair[1][:-3])
    parent = one[:-3]
    siblings = [code for code in ground.base.codes if code[:-3] == parent]
    highest = max(siblings)
    partner = other if one == highest else one
    merged = do(ground, ground.base, op="merge", grids=[one, other], into=partner)
    gone = other if partner == one else one
    assert merged.change["retired"] == [gone]
    parted = do(ground, merged.state, merged.numbers, op="split", grid=partner, parts=2)
    fresh = set(parted.change["new"])
    assert fresh
    assert gone not in fresh
    assert min(fresh) > highest
    again = do(ground, merged.state, {parent: 90}, op="split", grid=partner, parts=2)
    assert min(again.change["new"]) == f"{parent}091"


def test_codes_run_out_with_a_word() -> None:
    ground = ground_of(URBAN)
    code = ground.base.codes[0]
    with pytest.raises(RefusedError) as refused:
        do(ground, ground.base, {code[:-3]: 999}, op="split", grid=code, parts=2)
    assert refused.value.reason == "no_codes_left"


def test_names_locks_and_reasons_go_with_the_grid() -> None:
    ground = ground_of(URBAN)
    child, target = next(
        (one, other[:-3])
        for pair in neighbours(ground, ground.base, 2)
        for one, other in (pair, pair[::-1])
        if one[:-3] != other[:-3] and _is_taken(ground, one, other[:-3])
    )
    state = do(ground, ground.base, op="rename", grid=child, name="河东片").state
    state = do(ground, state, op="lock", grids=[child], locked=True).state
    units = units_of(ground, state, atoms_of(ground, state, child))
    outcome = do(ground, state, op="move", units=units, to=target, level=1)
    now = outcome.change["renamed"][child]
    assert outcome.state.names == {now: "河东片"}
    assert outcome.state.locked == {now}
    grids = area_tables(ground, outcome.state)["grids"].set_index("code")
    assert grids.loc[now, "name"] == "河东片"
    plain = do(ground, outcome.state, op="rename", grid=now, name="").state
    assert plain.names == {}


def test_a_grid_out_of_band_is_open_until_it_is_excused() -> None:
    ground = ground_of(URBAN)
    one, other = next(
        pair for pair in neighbours(ground, ground.base, 3) if pair[0][:-3] == pair[1][:-3] and _too_large(ground, pair)
    )
    outcome = do(ground, ground.base, op="merge", grids=[one, other], into=one)
    fault = next(fault for fault in outcome.faults if fault.grid == one)
    assert (fault.kind, fault.level, fault.reason) == ("out_of_band", 3, None)
    assert fault.households > (fault.high or 0)
    grids = area_tables(ground, outcome.state)["grids"].set_index("code")
    assert grids.loc[one, "status"] == "open"
    excused = do(ground, outcome.state, op="excuse", grid=one, reason="同一院落").state
    assert [f.reason for f in faults_of(ground, excused) if f.grid == one] == ["同一院落"]
    rows = area_tables(ground, excused)["exceptions"].set_index("grid_code")
    assert rows.loc[one, "reason"] == "decided"
    assert "同一院落" in rows.loc[one, "proof"]
    with pytest.raises(RefusedError, match="in its band"):
        do(ground, ground.base, op="excuse", grid=one, reason="…")


def test_what_is_proved_needs_no_words() -> None:
    ground = read_ground(area_of(tiny_plan(), URBAN_2))
    assert [(fault.grid, fault.reason) for fault in faults_of(ground, ground.base)] == [(f"{URBAN_2}001", "count_gap")]
    with pytest.raises(RefusedError, match="of necessity"):
        do(ground, ground.base, op="excuse", grid=f"{URBAN_2}001", reason="…")


def _too_large(ground: Ground, pair: tuple[str, str]) -> bool:
    return sum(int(ground.atoms.weight[atoms_of(ground, ground.base, code)].sum()) for code in pair) > 20


def test_a_building_cut_by_floors_can_be_painted_above_and_below() -> None:
    ground = ground_of(URBAN)
    runs = runs_of(ground, ground.base)
    starts = starts_of(runs)
    floors = ground.households["floor"].to_numpy(dtype=np.int64)
    number = next(
        k for k, start in enumerate(starts) if len(set(floors[runs[: len(floors)] == k])) > 3 and start < len(floors)
    )
    unit, mine = unit_ids(ground, starts)[number], np.flatnonzero(runs == number)
    middle = int(np.median(floors[mine]))
    outcome = do(ground, ground.base, op="cut", unit=unit, floor=middle)
    units = area_tables(ground, outcome.state)["units"].set_index("id")
    upper = (
        f"{URBAN}-a{outcome.state.marks[-1] if len(outcome.state.marks) == 1 else _new_mark(ground, outcome.state):06d}"
    )
    assert units.loc[unit, "floor_to"] == middle
    assert units.loc[upper, "floor_from"] == middle + 1
    assert units.loc[unit, "households"] + units.loc[upper, "households"] == len(mine)
    moved = do(ground, outcome.state, op="move", units=[upper], to=None, level=3).state
    assert moved.leaf[mine[0]] != moved.leaf[mine[-1]]
    for wrong in ({"floor": 99}, {"after": len(mine)}):
        with pytest.raises(RefusedError) as refused:
            do(ground, ground.base, op="cut", unit=unit, **wrong)
        assert refused.value.reason == "not_cut"


def _new_mark(ground: Ground, state: AreaState) -> int:
    return (set(state.marks) - set(ground.base.marks)).pop()


def test_a_line_puts_every_building_on_its_side() -> None:
    ground = ground_of(URBAN)
    code = view_of(ground, ground.base).codes[0][0]
    mine = atoms_of(ground, ground.base, code)
    x, y = float(np.median(ground.atoms.x[mine])), float(ground.atoms.y[mine].mean())
    outcome = do(ground, ground.base, op="split_line", grid=code, line=[[x, y], [x, y + 1]])
    view = view_of(ground, outcome.state)
    parts = np.unique(view.labels[0][mine])
    assert len(parts) == 2
    sides = sorted(ground.atoms.x[view.labels[0] == part].mean() for part in parts)
    assert sides[0] < x < sides[1]
    assert not [fault for fault in outcome.faults if fault.kind == "not_connected"]
    with pytest.raises(RefusedError) as refused:
        do(ground, ground.base, op="split_line", grid=code, line=[[x - 9e4, 4_150_100], [x - 9e4, 4_150_101]])
    assert refused.value.reason == "not_cut"


@pytest.mark.parametrize("parts", [2, 3])
def test_the_solver_divides_a_grid_into_as_many_parts_as_were_asked_for(parts: int) -> None:
    ground = ground_of(URBAN)
    for level in range(3):
        code = view_of(ground, ground.base).codes[level][0]
        mine = atoms_of(ground, ground.base, code)
        outcome = do(ground, ground.base, op="split", grid=code, parts=parts)
        assert len(np.unique(view_of(ground, outcome.state).labels[level][mine])) == parts


def test_drawing_anew_leaves_what_is_locked() -> None:
    ground = ground_of(URBAN)
    view = view_of(ground, ground.base)
    locked = [view.codes[0][0], view.codes[1][-1], view.codes[2][len(view.codes[2]) // 2]]
    state = do(ground, ground.base, op="lock", grids=locked, locked=True).state
    for seed in range(3):
        for op in ("resolve", "mend"):
            try:
                after = do(ground, state, op=op, grids=None, seed=seed).state
            except RefusedError:
                continue  # what is drawn anew may come out the same
            for code in locked:
                assert any(
                    np.array_equal(atoms_of(ground, state, code), row == label)
                    for row in view_of(ground, after).labels
                    for label in np.unique(row)
                )


def test_mending_brings_grids_back_into_their_bands() -> None:
    ground = ground_of(URBAN)
    state, bad = ground.base, 0
    for level in (3, 2):
        state = taken_move(ground, state, level)[-1].state
    one, other = next(pair for pair in neighbours(ground, state, 3) if pair[0][:-3] == pair[1][:-3])
    state = do(ground, state, op="merge", grids=[one, other]).state
    bad = sum(fault.reason is None for fault in faults_of(ground, state))
    assert bad
    outcome = do(ground, state, op="mend")
    assert not [fault for fault in outcome.faults if fault.reason is None]
    with pytest.raises(RefusedError) as refused:
        do(ground, outcome.state, op="mend")
    assert refused.value.reason == "no_change"


def leaf_codes(ground: Ground, state: AreaState) -> dict[str, str]:
    return {str(name): state.codes[at] for name, at in zip(ground.household_ids, state.leaf, strict=False)}


def test_a_table_that_says_what_is_changes_nothing() -> None:
    ground = ground_of(URBAN)
    with pytest.raises(RefusedError) as refused:
        state_from_assignment(ground, leaf_codes(ground, ground.base), {}, {}, {})
    assert refused.value.reason == "no_change"


def test_grids_drawn_elsewhere_are_taken_over_with_their_faults() -> None:
    ground = ground_of(URBAN)
    grids = leaf_codes(ground, ground.base)
    ids = sorted(grids)
    grids[ids[0]], grids[ids[-1]] = "东头", "东头"
    outcome = state_from_assignment(ground, grids, {}, {"东头": "东头网格"}, {})
    code = outcome.state.codes[outcome.state.leaf[list(ground.household_ids).index(ids[0])]]
    assert outcome.change["new"] == [code]
    assert outcome.state.names[code] == "东头网格"
    kinds = {(fault.kind, fault.grid) for fault in outcome.faults}
    assert ("out_of_band", code) in kinds
    del grids[ids[3]]
    with pytest.raises(RefusedError, match=ids[3]) as refused:
        state_from_assignment(ground, grids, {}, {}, {})
    assert refused.value.reason == "leaves_unassigned"


def test_codes_that_were_asked_for_are_given() -> None:
    ground = ground_of(URBAN)
    code = ground.base.codes[0]
    wanted = f"{URBAN}077008008"
    grids = {name: wanted if was == code else was for name, was in leaf_codes(ground, ground.base).items()}
    outcome = state_from_assignment(ground, grids, {}, {}, {})
    assert wanted in outcome.state.codes
    assert outcome.numbers[URBAN] == 77
    assert outcome.numbers[f"{URBAN}077"] == 8


def test_comparing_states_adds_up() -> None:
    ground = ground_of(URBAN)
    _, old, new, outcome = taken_move(ground, ground.base, 3, across=True)
    table = compare_states(ground, ground.base, outcome.state)
    rows = {row["code"]: row for row in table["rows"]}
    for row in rows.values():
        gained, lost = (sum(part["households"] for part in row[side]) for side in ("gained", "lost"))
        assert (row["before"] or 0) + gained - lost == (row["after"] or 0)
    size = rows[old]["before"] - rows[old]["after"]
    assert rows[new]["gained"] == [{"from": old, "households": size}]
    assert table["moved"] == {"1": size if old[:-6] != new[:-6] else 0, "2": size, "3": size}


def test_lineage_says_what_became_of_every_grid() -> None:
    ground = ground_of(URBAN)
    one, other = next(pair for pair in neighbours(ground, ground.base, 3) if pair[0][:-3] == pair[1][:-3])
    after = do(ground, ground.base, op="merge", grids=[one, other], into=one).state
    rows = lineage_of(ground, ground.base, after)
    leaf = rows[rows["level"] == 3].set_index("old_code")
    assert leaf.loc[one, "kind"] == "kept"
    assert (leaf.loc[other, "new_code"], leaf.loc[other, "kind"]) == (one, "merged")
    assert rows[rows["level"] == 3]["households"].sum() == ground.stacks.n
    parted = do(ground, after, op="split", grid=one, parts=2)
    rows = lineage_of(ground, after, parted.state)
    fresh = rows[rows["new_code"].isin(parted.change["new"])]
    assert set(fresh["kind"]) <= {"split", "moved"}
    assert "split" in set(fresh["kind"])


def test_the_text_of_a_state_is_read_back_or_refused() -> None:
    ground, other = ground_of(URBAN), ground_of(VILLAGE)
    text = ground.base.to_text()
    again = AreaState.from_text(text, ground)
    assert again.equals(ground.base)
    assert again.to_text() == text
    assert again.built == ground.base.built
    with pytest.raises(StoreError, match="does not fit"):
        AreaState.from_text(text, other)
    other_letter = "B" if text[40] == "A" else "A"
    for damaged in ("", "gg1.", text[:-8], "gg9." + text[4:], text[:40] + other_letter + text[41:]):
        with pytest.raises(StoreError, match="damaged"):
            AreaState.from_text(damaged, ground)


def test_ground_outcome_and_refusal_travel_between_processes() -> None:
    ground = pickle.loads(pickle.dumps(ground_of(URBAN)))
    code = ground.base.codes[0]
    outcome = pickle.loads(pickle.dumps(do(ground, ground.base, op="split", grid=code, parts=2)))
    assert not delta_of(ground, outcome.state, outcome.state).upserts
    with pytest.raises(RefusedError) as refused:
        do(ground, ground.base, op="merge", grids=[code, "?"])
    again = pickle.loads(pickle.dumps(refused.value))
    assert (again.line(), again.reason, again.grids, again.at) == (
        refused.value.line(),
        refused.value.reason,
        refused.value.grids,
        refused.value.at,
    )


def test_built_ids_come_back_after_the_tables_forgot_them() -> None:
    ground = ground_of(URBAN)
    plan = area_of(town(), URBAN)
    after = do(ground, ground.base, op="resolve", grids=None, seed=5).state
    stored = with_delta(plan, delta_of(ground, ground.base, after))
    again = read_ground(stored, ground.base.to_text())
    back = with_delta(stored, delta_of(again, after, again.base))
    assert set(back["units"]["id"]) == set(plan["units"]["id"])
    assert set(back["grids"]["name"]) == set(plan["grids"]["name"])


def test_tables_that_do_not_fit_are_refused() -> None:
    plan = area_of(town(), URBAN)
    units = plan["units"].copy()
    swapped = dict(zip(units["id"], np.roll(units["id"].to_numpy(), 7), strict=True))
    people = plan["households"].copy()
    people["unit_id"] = [swapped[unit] for unit in people["unit_id"]]
    with pytest.raises(StoreError):
        read_ground(type(plan)(plan.crs, {**plan.tables, "households": people}, plan.meta))


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"op": "fly"}, "op"),
        ({"op": "move", "units": [], "to": None, "level": 1}, "units"),
        ({"op": "move", "units": ["u"], "to": 3, "level": 1}, "to"),
        ({"op": "move", "units": ["u"], "to": None, "level": True}, "level"),
        ({"op": "move", "units": ["u"], "to": None, "level": 1, "x": 1}, "x"),
        ({"op": "merge", "grids": ["a"]}, "grids"),
        ({"op": "split", "grid": "a", "parts": 1}, "parts"),
        ({"op": "split_line", "grid": "a", "line": [[0, 0]]}, "line"),
        ({"op": "split_line", "grid": "a", "line": [[0, 0], [float("nan"), 1]]}, "line"),
        ({"op": "lock", "grids": ["a"], "locked": "yes"}, "locked"),
        ({"op": "rename", "grid": "a", "name": "x" * 121}, "name"),
        ({"op": "rename", "grid": "a", "name": "a\nb"}, "name"),
        ({"op": "excuse", "grid": "a", "reason": ""}, "reason"),
        ({"op": "cut", "unit": "u"}, "after"),
        ({"op": "cut", "unit": "u", "after": 1, "floor": 1}, "after"),
        ({"op": "resolve", "grids": "a"}, "grids"),
        ({"op": "mend", "seed": -1}, "seed"),
        ({"op": "assign", "grids": {"h": 1}}, "grids"),
    ],
)
def test_a_field_that_makes_no_sense_is_named(raw: dict[str, Any], field: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_op(raw)
    assert error.value.column == field


@pytest.mark.parametrize(
    "raw",
    [
        {"op": "move", "units": ["u"], "to": None, "level": 2},
        {"op": "split_line", "grid": "a", "line": [[0.0, 1.0], [2.0, 3.0]]},
        {"op": "split", "grid": "a", "parts": None},
        {"op": "merge", "grids": ["a", "b"], "into": None},
        {"op": "lock", "grids": ["a"], "locked": False},
        {"op": "rename", "grid": "a", "name": ""},
        {"op": "excuse", "grid": "a", "reason": None},
        {"op": "cut", "unit": "u", "after": None, "floor": 3},
        {"op": "resolve", "grids": None, "seed": 4},
        {"op": "mend", "grids": ["a"], "seed": 0},
        {"op": "assign", "grids": {"h": "a"}, "parents": {}, "names": {"a": "甲"}},
    ],
)
def test_ops_go_to_json_and_back(raw: dict[str, Any]) -> None:
    assert parse_op(raw).to_dict() == raw
