"""Every check finds what it is there for, and nothing else."""

from __future__ import annotations

import pytest
from plans import tiny_plan

from geo_grid.check import check_plan
from geo_grid.check.fault import CODES

from mutations import MUTATIONS  # isort: skip


def test_the_plan_is_sound():
    assert check_plan(tiny_plan()) == []


def test_every_kind_of_fault_has_a_mutation():
    assert {code for mutation in MUTATIONS.values() for code in mutation.codes} == set(CODES)
    assert {name.partition("-")[0] for name in MUTATIONS} == set(CODES)


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_found(name):
    plan = tiny_plan()
    MUTATIONS[name].change(plan)
    found = check_plan(plan)
    assert {fault.code for fault in found} == MUTATIONS[name].codes
    for fault in found:
        assert fault.promise == CODES[fault.code]
        assert "\n" not in fault.text
