"""Words of the command zone: what an instance looks like, and what was made of it."""

from __future__ import annotations

from typing import Any

#: Stands below the options in ``geo-grid zone --help``.
INSTANCE_HELP = """\
INSTANCE.json is one JSON object:
  {
    "L": 10, "U": 20,                  fewest and most households of a zone
    "k": 2,                            number of zones; leave it out if it is free
    "nodes": [{"id": "a", "pop": 9},   pop: households; id: number or text
              {"id": "b", "pop": 8},   (without ids, edges name positions from 0)
              {"id": "c", "pop": 6},
              {"id": "d", "pop": 7}],
    "edges": [["a", "b"], ["b", "c"], ["c", "d"]]
  }
LABELS.json gets "labels" (the zone of each node, from 0, in the order of nodes),
"cut_edges", "violation" (households outside the band), "contiguous",
"lower_bound", "seconds", and where no zones can keep the band or k
"infeasible": true with a "reason".
"""


def zone_line(found: dict[str, Any]) -> str:
    """Say in one line what was made of an instance.

    Parameters
    ----------
    found : dict
        What :func:`geo_grid.zoning.instance.zone_instance` returns.

    Returns
    -------
    str
        Zones, cut, violation, whether the band is ruled out and why, and what was proven if that was asked.
    """
    parts = [
        f"{len(set(found['labels']))} zones",
        f"cut {found['cut_edges']}",
        f"violation {found['violation']}",
        "contiguous" if found["contiguous"] else "NOT contiguous",
        *_proven(found),
        f"{found['seconds']:.2f} s",
    ]
    return ", ".join(parts)


def _proven(found: dict[str, Any]) -> list[str]:
    out = []
    if found.get("infeasible"):
        out.append(f"INFEASIBLE ({found.get('reason') or 'no zones keep the band'})")
    if "optimal" not in found:
        return out
    if found["optimal"]:
        return [*out, "proven the least violation and cut" if found.get("infeasible") else "proven optimal"]
    if found["violation_bound"] is None:
        return out
    if found["gap"] is None:
        return [*out, f"violation at least {found['violation_bound']}"]
    return [*out, f"cut at least {found['lower_bound']:g} (gap {found['gap']:.1%})"]
