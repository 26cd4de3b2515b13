"""Villager groups as level 1."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from make_atoms import ABSENT, flood, make_city

from geo_grid.zoning.given import group_labels, is_given


def row_of(*groups):
    return lambda _row, column, _dwelling: groups[column]


def test_groups_are_given_only_if_a_household_has_one():
    assert not is_given(make_city(np.array([[3, 0]])))
    assert is_given(make_city(np.array([[3, 2]]), group=row_of(-1, 0)))


def test_cells_without_households_take_the_longest_open_border():
    # The empty cell touches group 1 below and group 0 left and right.
    households = np.array([[5, 0, 5], [5, 5, 5]])
    atoms = make_city(households, group=lambda r, _c, _d: 0 if r == 0 else 1)
    assert group_labels(atoms)[-1] == 0
    # With a river on both sides, the shorter border across open ground wins; and no piece is joined by it.
    split = make_city(
        np.array([[5, 0], [5, 5]]),
        group=lambda r, _c, _d: 0 if r == 0 else 1,
        barrier=lambda r, c, r2, c2: 1.0 if r == r2 == 0 and c != c2 else 0.0,
    )
    labels = group_labels(split)
    assert labels[-1] == labels[split.group == 1][0]


def test_a_chain_of_empty_cells_joins_two_hamlets_of_one_group():
    households = np.array([[5, 5, 5, 5, 5], [0, 0, 0, 0, 0]])
    atoms = make_city(households, group=row_of(0, 1, 1, 1, 0))
    labels = group_labels(atoms)
    mine = np.where(labels == labels[0], 0, -1)
    assert len(flood(atoms.n, atoms.edge_u, atoms.edge_v, mine)) == 1


def test_a_piece_whose_households_have_no_group_takes_the_nearest():
    atoms = make_city(np.array([[5, 5, ABSENT, 4]]), group=row_of(0, 1, None, -1))
    labels = group_labels(atoms)
    assert set(labels[10:]) == {labels[5]}


def test_empty_cells_of_a_piece_without_groups_follow_its_households():
    # The last empty cell lies beside group 1, yet its piece has one household, beside group 0.
    households = np.array([[5, ABSENT, ABSENT, 5], [ABSENT, ABSENT, ABSENT, ABSENT], [1, 0, 0, 0]])
    atoms = make_city(households, group=lambda r, c, _d: -1 if r == 2 else c // 3)
    labels = group_labels(atoms)
    assert set(labels[atoms.weight == 0]) == {labels[10]}


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([ABSENT, 0, 0, 1, 2]), min_size=20, max_size=20),
    st.lists(st.integers(-1, 3), min_size=20, max_size=20),
)
def test_every_node_gets_a_group_and_no_label_is_lost(cells, groups):
    households = np.array(cells).reshape(4, 5)
    atoms = make_city(np.where(households == ABSENT, ABSENT, households), group=lambda r, c, _d: groups[r * 5 + c])
    if not is_given(atoms):
        return
    labels = group_labels(atoms)
    np.testing.assert_array_equal(labels >= 0, atoms.host < 0)
    named = atoms.group >= 0
    pairs = np.unique(np.column_stack([atoms.group[named], labels[named]]), axis=0)
    assert len(pairs) == len(np.unique(pairs[:, 0])) == labels.max() + 1
    # A piece of a group holds a household: no cell without households stands alone under a name.
    for part in flood(atoms.n, atoms.edge_u, atoms.edge_v, labels):
        assert atoms.weight[part].any()
