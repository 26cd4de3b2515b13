"""The state of the field is a pure function of the set of changes, and no change is lost."""

from __future__ import annotations

import dataclasses
import random

import pytest
from field_cases import PEOPLE, Desk, history
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.field.merge import merge, merge_matter
from geo_grid.field.reasons import REFUSALS


@settings(max_examples=6)
@given(st.integers(0, 10_000))
def test_a_thousand_changes_twice_and_in_any_order_give_the_same_state(seed: int) -> None:
    events = history(seed, 1000)
    wanted = merge(events)
    twice = events * 2
    random.Random(seed).shuffle(twice)
    later = [dataclasses.replace(event, received_at="2027-01-01T00:00:00.000+00:00") for event in events[::3]]
    random.Random(seed).shuffle(twice)
    assert merge(twice + later) == wanted
    assert merge(reversed(events)) == wanted
    # the story has everything in it that may go wrong
    assert wanted.conflicts
    assert wanted.waiting
    assert {"wrong_status", "not_allowed", "follows_refused"} <= set(wanted.refused.values()) <= set(REFUSALS)


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.data())
def test_nothing_is_lost_and_verdicts_last(seed: int, data: st.DataObject) -> None:
    events = history(seed, 120)
    cut = data.draw(st.integers(0, len(events)))
    shuffled = random.Random(seed).sample(events, len(events))
    early, whole = merge(shuffled[:cut]), merge(events)
    for state in (early, whole):
        plain = {*state.records, *state.photos, *state.tracks, *state.refused, *state.waiting}
        changes = {id_ for matter in state.matters.values() for id_ in matter.changes}
        assert not plain & changes
        assert len(plain | changes) == len(events if state is whole else shuffled[:cut])
    # what was refused stays refused, what was taken stays taken; only what waits may become either
    for id_, reason in early.refused.items():
        assert id_ in whole.refused, reason
    for id_, matter in early.matters.items():
        assert matter.standings.items() <= whole.matters[id_].standings.items()


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_every_change_is_under_the_heads_it_is_shown_with(seed: int) -> None:
    for matter in merge(history(seed, 150)).matters.values():
        reached, left = set(), list(matter.heads)
        while left:
            id_ = left.pop()
            reached.add(id_)
            left += matter.changes[id_].after
        assert reached == set(matter.standings)
        assert len(matter.sides) != 1


def test_a_matter_goes_its_way() -> None:
    desk = Desk()
    found = desk.event("found")
    assigned = desk.follow(found, "assigned")
    mended = desk.follow(assigned, "mended", "王")
    checked = desk.follow(mended, "checked", "李")
    closed = desk.follow(checked, "closed")
    events = [found, assigned, mended, checked, closed]
    seen = [merge(events[:count]).matters[found.id].shown.status for count in range(1, 6)]
    assert seen == ["found", "assigned", "mended", "checked", "closed"]
    matter = merge(events).matters[found.id]
    assert matter.shown.before
    assert matter.shown.after
    assert matter.shown.mended_by == "王"
    assert not matter.conflict


def test_two_people_who_do_not_know_of_each_other_are_both_kept_until_somebody_names_both() -> None:
    desk = Desk()
    found = desk.event("found")
    assigned = desk.follow(found, "assigned")
    mended, rejected = desk.follow(assigned, "mended", "王"), desk.follow(assigned, "rejected", "钱")
    state = merge([rejected, found, mended, assigned])
    matter = state.matters[found.id]
    assert state.conflicts == {found.id: (mended, rejected)}
    # going on with one of them settles nothing
    checked = desk.follow(mended, "checked", "李")
    assert merge([found, assigned, mended, rejected, checked]).conflicts == {found.id: (rejected, checked)}
    half = desk.settle(mended, keep=mended)
    assert merge([found, assigned, mended, rejected, half]).refused == {half.id: "names_nothing"}
    settled = desk.settle(mended, rejected, keep=rejected)
    after = merge([found, assigned, mended, rejected, settled]).matters[found.id]
    assert not after.conflict
    assert after.shown.status == "rejected"
    assert after.set_aside == (mended.id,)
    assert after.changes[mended.id] == mended  # in the history for good
    assert matter.shown.status == "mended"  # the least done of both: rejected counts as more done


def test_a_resolution_of_what_went_on_meanwhile_leaves_a_conflict() -> None:
    desk = Desk()
    found = desk.event("found")
    one, two = desk.follow(found, "mended", "王"), desk.follow(found, "assigned", "赵", assignee="李")
    on = desk.follow(one, "checked", "李")
    settled = desk.settle(one, two, keep=two)
    state = merge([found, one, two, on, settled])
    assert state.conflicts == {found.id: (on, settled)}
    assert state.matters[found.id].shown.status == "assigned"


def test_notes_stand_in_nobodys_way() -> None:
    desk = Desk()
    found = desk.event("found")
    notes = [desk.follow(found, "noted", author) for author in PEOPLE]
    assigned = desk.follow(found, "assigned")
    state = merge([*notes, assigned, found])
    assert not state.conflicts
    assert set(state.matters[found.id].changes) == {found.id, assigned.id, *(note.id for note in notes)}


def test_what_comes_before_what_it_follows_waits() -> None:
    desk = Desk()
    found = desk.event("found")
    assigned = desk.follow(found, "assigned")
    mended = desk.follow(assigned, "mended", "王")
    assert merge([mended]).waiting == {mended.id: tuple(sorted((found.id, assigned.id)))}
    assert merge([mended, found]).waiting == {mended.id: (assigned.id,)}
    assert merge([mended, found, assigned]).matters[found.id].shown.status == "mended"


CASES = {
    "not_allowed": lambda desk, found: desk.follow(found, "assigned", "王"),
    "wrong_status": lambda desk, found: desk.follow(found, "closed", "赵"),
    "needs_photo": lambda desk, found: desk.follow(found, "mended", "王", photos=[]),
    "needs_assignee": lambda desk, found: desk.follow(found, "assigned", "赵", assignee=" "),
    "needs_reason": lambda desk, found: desk.follow(found, "rejected", "赵", reason=None),
    "out_of_prefix": lambda desk, found: dataclasses.replace(desk.follow(found, "noted", "李"), prefix="141121"),
    "names_nothing": lambda desk, found: dataclasses.replace(desk.follow(found, "noted"), after=()),
    "clock_behind": lambda desk, found: dataclasses.replace(desk.follow(found, "noted"), clock=found.clock),
}


@pytest.mark.parametrize("reason", CASES)
def test_what_is_refused_has_its_reason_and_changes_nothing(reason: str) -> None:
    desk = Desk()
    found = desk.event("found")
    bad = CASES[reason](desk, found)
    state = merge([found, bad])
    assert state.refused == {bad.id: reason}
    assert state.matters == merge([found]).matters
    child = desk.follow(bad, "noted")
    assert merge([found, bad, child]).refused[child.id] == "follows_refused"


def test_further_refusals() -> None:
    desk = Desk()
    found, other = desk.event("found"), desk.event("found")
    assigned = desk.follow(found, "assigned", "赵", assignee="李")
    mended = desk.follow(assigned, "mended", "王")
    theirs = desk.follow(assigned, "mended", "李")
    checked = desk.follow(theirs, "checked", "李")
    note = desk.follow(found, "noted")
    on_note = desk.follow(note, "noted")
    strange = dataclasses.replace(desk.follow(found, "noted"), matter=other.id)
    bare = desk.event("found", body={"photos": []})
    several = dataclasses.replace(desk.follow(assigned, "mended", "李"), after=(assigned.id, found.id))
    order = desk.settle(found, assigned, keep=found)
    refused = merge(
        [found, other, assigned, mended, theirs, checked, note, on_note, strange, bare, several, order]
    ).refused
    assert refused == {
        mended.id: "not_assignee",
        checked.id: "same_person",
        on_note.id: "follows_note",
        strange.id: "other_matter",
        bare.id: "needs_photo",
        several.id: "names_several",
        order.id: "not_concurrent",
    }


def test_a_closed_matter_is_reopened_by_the_office_alone() -> None:
    desk = Desk()
    found = desk.event("found")
    way = [found]
    for kind, author in (("mended", "王"), ("checked", "李"), ("closed", "赵")):
        way.append(desk.follow(way[-1], kind, author))
    mine, theirs = desk.follow(way[-1], "reopened", "王"), desk.follow(way[-1], "reopened", "赵")
    state = merge([*way, mine, theirs])
    assert state.refused == {mine.id: "not_allowed"}
    again = state.matters[found.id].shown
    assert (again.status, again.mended_at, again.closed_at) == ("found", None, None)
    assert again.due_at > state.matters[found.id].standings[found.id].due_at


def test_rules_are_those_in_force_when_it_was_found() -> None:
    desk = Desk()
    found = desk.event("found", stamp={"grid_code": "1411", "rules": {"photo_after": False, "on_spot": False}})
    early, assigned = desk.follow(found, "mended", "王"), desk.follow(found, "assigned")
    mended = desk.follow(assigned, "mended", "王", photos=[])
    state = merge([found, early, assigned, mended])
    assert state.refused == {early.id: "wrong_status"}
    assert state.matters[found.id].shown.status == "mended"


def test_a_photo_belongs_to_whom_its_record_belongs_to() -> None:
    desk = Desk()
    record = desk.event("record")
    mine, theirs = (desk.event("photo", author, body={"owner_id": record.id}) for author in ("王", "李"))
    state = merge([mine, theirs, record])
    assert list(state.photos) == [mine.id]
    assert state.refused == {theirs.id: "not_owner"}
    assert merge([mine]).waiting == {mine.id: (record.id,)}


def test_one_matter_alone_gives_what_all_together_give() -> None:
    events = history(7, 300)
    state = merge(events)
    ids = {event.id for event in events}
    for id_, matter in state.matters.items():
        own = [event for event in events if event.matter == id_]
        alone, refused, waiting = merge_matter(id_, own, ids)
        assert alone == matter
        assert refused.items() <= state.refused.items()
        assert waiting.items() <= state.waiting.items()
