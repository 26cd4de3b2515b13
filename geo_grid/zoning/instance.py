"""The solver's own door: an instance file in, a file of labels out."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from geo_grid.errors import InputError
from geo_grid.zoning.build import from_edges
from geo_grid.zoning.impossible import impossible
from geo_grid.zoning.solve import solve

if TYPE_CHECKING:
    from geo_grid.zoning.graph import Graph

EdgeWeights = Literal["unit", "length"]
_WORK = 20000  # nodes times effort
_LARGEST = 2**53  # households that a JSON number holds exactly
_FORMAT = "An instance holds nodes (each with pop), edges, L and U; see: geo-grid zone --help"


@dataclass(frozen=True, slots=True)
class Instance:
    """A zoning instance as read from a file.

    Parameters
    ----------
    name : str
        Name, for messages only.
    graph : Graph
        The graph; edge weights are 1, or the third column of ``edges``.
    k : int or None
        Number of zones; None where the file leaves it free.
    low, high : int
        Band of a zone.
    """

    name: str
    graph: Graph
    k: int | None
    low: int
    high: int


def load_instance(path: str | Path, weights: EdgeWeights = "unit") -> Instance:
    """Read an instance.

    Parameters
    ----------
    path : str or Path
        A JSON object with ``nodes`` (objects with ``pop``, and ``id``, ``x``, ``y`` if known), ``edges`` (pairs of ids, or
        of positions where nodes have no id, with an optional border length), ``L``, ``U`` and, unless free, ``k``.
    weights : {"unit", "length"}, optional
        What cutting an edge costs: 1 (so that the cost is the number of cut edges), or the edge's third column.

    Returns
    -------
    Instance
        The instance, checked.

    Raises
    ------
    InputError
        If the file cannot be read or says something impossible; the message names the node or edge.
    """
    file = Path(path)
    data = _read(file)
    low, high = _whole(data, "L", file), _whole(data, "U", file)
    if low > high:
        raise InputError(f"L = {low} is above U = {high}.", file=file)
    k = None if data.get("k") is None else _whole(data, "k", file)
    if k == 0:
        raise InputError("k must be at least 1.", file=file)
    nodes, edges = _list(data, "nodes", file), _list(data, "edges", file)
    place = _places(nodes, file)
    pops = [_pop(node, row, file) for row, node in enumerate(nodes, 1)]
    if sum(pops) > _LARGEST:
        raise InputError("the households of all nodes add up to more than 2^53.", file=file)
    ends = [_edge(edge, row, place, weights, file) for row, edge in enumerate(edges, 1)]
    graph = from_edges(
        len(nodes),
        [u for u, _, _ in ends],
        [v for _, v, _ in ends],
        _merged(ends, weights),
        pops,
        [_number(node, "x", row, file) for row, node in enumerate(nodes, 1)],
        [_number(node, "y", row, file) for row, node in enumerate(nodes, 1)],
    )
    if weights == "unit":
        graph.edge_weight[:] = 1.0  # an edge that is listed twice is still one edge
    return Instance(str(data.get("name") or file.stem), graph, k, low, high)


def zone_instance(
    path: str | Path,
    out: str | Path,
    seconds: float = 0.0,
    seed: int = 0,
    *,
    weights: EdgeWeights = "unit",
    prove: bool = False,
) -> dict[str, Any]:
    """Solve an instance, prove how good the zones are if asked to, and write the labels.

    Parameters
    ----------
    path : str or Path
        The instance.
    out : str or Path
        File to write; replaced as a whole, or not at all.
    seconds : float, optional
        Time to use; 0 runs the solver's own schedule to its end.
    seed : int, optional
        Seed.
    weights : {"unit", "length"}, optional
        What cutting an edge costs.
    prove : bool, optional
        Whether to look for the optimum, and a bound, by exact search: half of the seconds go to it, or
        :data:`geo_grid.zoning.exact.PROOF_SECONDS` where ``seconds`` is 0.

    Returns
    -------
    dict
        What was written: ``labels`` (in the order of the nodes), ``cut_edges``, ``violation``, ``contiguous``, ``lower_bound`` (of
        the cut weight; None where none is known) and ``seconds``; with ``prove`` also ``violation_bound``, ``optimal``,
        ``infeasible`` and ``gap`` (share of the cut that may be too much; None while less violation is not ruled out).
        Where the numbers alone rule the band or k out, ``infeasible`` is true and ``reason`` says why, with or without
        ``prove``; the zones are then the nearest there are, and of another k never called optimal.

    Raises
    ------
    InputError
        If the instance cannot be read, or the labels cannot be written, or would be written over the instance.
    MissingDependencyError
        If a proof is asked for and OR-tools is not installed.
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise InputError(f"the seconds must be 0 or more, not {seconds}.")
    if Path(out).resolve() == Path(path).resolve():
        raise InputError(
            "the labels would be written over the instance.", file=out, mend="Name another file with --out."
        )
    instance = load_instance(path, weights)
    # One instance is worth more trouble than one of a build's thousands: about the same work whatever the size.
    effort = min(max(_WORK / max(instance.graph.n, 1), 2.0), 30.0)
    problem = instance.graph, instance.low, instance.high, instance.k
    found = solve(*problem, seed=seed, seconds=seconds / 2 if prove else seconds, effort=effort)
    proven: dict[str, Any] = {}
    if prove:
        from geo_grid.zoning.exact import prove_solution

        found, proven = prove_solution(*problem, found, seconds / 2)
    result: dict[str, Any] = {
        "labels": found.labels.tolist(),
        "cut_edges": found.cut_edges,
        "violation": found.violation,
        "contiguous": found.contiguous,
        "lower_bound": found.lower_bound,
        "seconds": round(found.seconds, 6),
        **proven,
        **_ruled_out(instance, len(np.unique(found.labels)), proven=prove),
    }
    target = Path(out)
    partial = target.with_name(target.name + ".part")
    try:
        partial.write_text(json.dumps(result), encoding="utf-8")
        partial.replace(target)
    except OSError as error:
        raise InputError(f"the labels cannot be written: {error.strerror}.", file=target) from error
    return result


def _ruled_out(instance: Instance, made: int, *, proven: bool) -> dict[str, Any]:
    """Say what the numbers rule out; zones of another number than asked for are the optimum of nothing."""
    reason = impossible(instance.graph, instance.low, instance.high, instance.k)
    if reason is None:
        return {}
    withdrawn = {"lower_bound": None, "violation_bound": None, "optimal": False, "gap": None}
    return {"infeasible": True, "reason": reason} | (withdrawn if proven and instance.k not in {None, made} else {})


def _read(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the instance cannot be read: {error.strerror}.", file=file) from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InputError("the instance is not JSON in UTF-8.", file=file) from error
    if not isinstance(data, dict):
        raise InputError("the instance is not a JSON object.", file=file, mend=_FORMAT)
    return data


def _list(data: dict[str, Any], key: str, file: Path) -> list[Any]:
    value = data.get(key)
    if not isinstance(value, list):
        raise InputError(f"“{key}” is missing or is not a list.", file=file, mend=_FORMAT)
    return value


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value == int(value) and abs(value) <= _LARGEST


def _whole(data: dict[str, Any], key: str, file: Path) -> int:
    value = data.get(key)
    if not _is_whole(value) or value is None or value < 0:
        raise InputError(f"“{key}” is missing or is not a whole number of 0 or more.", file=file, mend=_FORMAT)
    return int(value)


def _places(nodes: list[Any], file: Path) -> dict[Any, int]:
    """Return where each node id stands; positions are ids where no node has one."""
    for row, node in enumerate(nodes, 1):
        if not isinstance(node, dict):
            raise InputError("the node is not an object.", file=file, row=f"nodes {row}")
    ids = [node.get("id") for node in nodes]
    if all(i is None for i in ids):
        return {i: i for i in range(len(nodes))}
    place: dict[Any, int] = {}
    for row, i in enumerate(ids, 1):
        if isinstance(i, bool) or not isinstance(i, int | str) or i in place:
            raise InputError(
                "the id is missing, given twice, or neither number nor text.", file=file, row=f"nodes {row}"
            )
        place[i] = row - 1
    return place


def _pop(node: dict[str, Any], row: int, file: Path) -> int:
    value = node.get("pop")
    if not _is_whole(value) or value is None or value < 0:
        raise InputError("“pop” is missing or is not a whole number of 0 or more.", file=file, row=f"nodes {row}")
    return int(value)


def _number(node: dict[str, Any], key: str, row: int, file: Path) -> float:
    value = node.get(key, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"“{key}” is not a finite number.", file=file, row=f"nodes {row}")
    return float(value)


def _edge(edge: Any, row: int, place: dict[Any, int], weights: EdgeWeights, file: Path) -> tuple[int, int, float]:
    at = f"edges {row}"
    if not isinstance(edge, list) or len(edge) < 2:
        raise InputError("the edge is not a list of two ends.", file=file, row=at)
    if any(isinstance(end, bool) or not isinstance(end, int | str) or end not in place for end in edge[:2]):
        raise InputError("the edge ends at a node that does not exist.", file=file, row=at)
    length = 1.0
    if weights == "length":
        if len(edge) < 3 or isinstance(edge[2], bool) or not isinstance(edge[2], int | float):
            raise InputError("the edge has no length.", file=file, row=at)
        if not math.isfinite(edge[2]):
            raise InputError("the edge's length is not finite.", file=file, row=at)
        length = float(edge[2])
    return place[edge[0]], place[edge[1]], length


def _merged(ends: list[tuple[int, int, float]], weights: EdgeWeights) -> np.ndarray | None:
    return np.array([length for _, _, length in ends]) if weights == "length" else None
