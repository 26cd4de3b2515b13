"""Instance files: what is read, what is refused, what is written."""

import json

import numpy as np
import pytest
from graphs import delaunay, judge

from geo_grid.errors import InputError
from geo_grid.zoning.instance import load_instance, zone_instance


def instance(n=60, seed=1, **changes):
    graph = delaunay(n, seed)
    row = np.repeat(np.arange(n), np.diff(graph.indptr))
    edges = [[int(u), int(v), 2.5] for u, v in zip(row, graph.indices, strict=True) if u < v]
    nodes = [{"id": i, "pop": 1, "x": float(graph.x[i]), "y": float(graph.y[i])} for i in range(n)]
    return {"name": "little", "nodes": nodes, "edges": edges, "k": 4, "L": 10, "U": 20, **changes}


def write(tmp_path, data):
    path = tmp_path / "instance.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return path


def test_labels_are_written_with_their_figures(tmp_path):
    path, out = write(tmp_path, instance()), tmp_path / "labels.json"
    zone_instance(path, out, seed=3)
    written = json.loads(out.read_text(encoding="utf-8"))
    assert sorted(written) == ["contiguous", "cut_edges", "labels", "lower_bound", "seconds", "violation"]
    good, violation, cut = judge(load_instance(path).graph, np.array(written["labels"]), 10, 20)
    assert good
    assert (written["violation"], written["cut_edges"]) == (violation, cut)
    assert max(written["labels"]) == 3


def test_the_same_seed_writes_the_same_labels(tmp_path):
    path = write(tmp_path, instance(200, k=None))
    labels = [zone_instance(path, tmp_path / name, seed=5)["labels"] for name in ("a", "b")]
    assert labels[0] == labels[1]


def test_weights_are_units_unless_lengths_are_asked_for(tmp_path):
    path = write(tmp_path, instance())
    assert set(load_instance(path).graph.edge_weight) == {1.0}
    assert set(load_instance(path, "length").graph.edge_weight) == {2.5}


def test_an_edge_listed_twice_is_one_edge(tmp_path):
    data = instance()
    data["edges"] += [[v, u, 2.5] for u, v, _ in data["edges"]]
    assert set(load_instance(write(tmp_path, data)).graph.edge_weight) == {1.0}


def test_edges_follow_ids_and_labels_follow_the_order_of_nodes(tmp_path):
    nodes = [{"id": name, "pop": 5} for name in ("c", "a", "d", "b")]
    path = write(tmp_path, {"nodes": nodes, "edges": [["a", "b"], ["b", "c"], ["c", "d"]], "k": 2, "L": 10, "U": 10})
    labels = zone_instance(path, tmp_path / "out")["labels"]
    assert labels[0] == labels[2] != labels[1] == labels[3]


def broken(key, value):
    data = instance()
    target = data
    *way, last = key
    for step in way:
        target = target[step]
    target[last] = value
    return data


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        (broken(["nodes"], 5), "nodes"),
        (broken(["edges"], None), "edges"),
        (broken(["L"], 21), "above U"),
        (broken(["U"], "20"), "U"),
        (broken(["L"], -1), "L"),
        (broken(["k"], 0), "at least 1"),
        (broken(["k"], 2.5), "k"),
        (broken(["nodes", 3], 7), "nodes 4"),
        (broken(["nodes", 3, "pop"], -2), "nodes 4"),
        (broken(["nodes", 3, "pop"], 1.5), "nodes 4"),
        (broken(["nodes", 3, "pop"], True), "nodes 4"),
        (broken(["nodes", 3, "id"], 2), "nodes 4"),
        (broken(["nodes", 3, "x"], "east"), "nodes 4"),
        (broken(["edges", 0, 1], 60), "edges 1"),
        (broken(["edges", 0, 0], -1), "edges 1"),
        (broken(["edges", 0], [1]), "edges 1"),
        (broken(["nodes", 3, "pop"], 2**54), "nodes 4"),
    ],
)
def test_a_bad_instance_gives_one_clear_line(tmp_path, data, words):
    path = write(tmp_path, data)
    with pytest.raises(InputError, match=words) as caught:
        load_instance(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_not_a_number_is_refused(tmp_path):
    text = json.dumps(instance()).replace('"pop": 1', '"pop": NaN', 1)
    with pytest.raises(InputError, match="nodes 1"):
        load_instance(write(tmp_path, text))


def test_a_missing_file_and_a_missing_folder_are_named(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_instance(tmp_path / "none.json")
    path = write(tmp_path, instance())
    with pytest.raises(InputError, match="cannot be written"):
        zone_instance(path, tmp_path / "no" / "labels.json")


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_impossible_seconds_are_refused(tmp_path, seconds):
    with pytest.raises(InputError, match="seconds"):
        zone_instance(write(tmp_path, instance()), tmp_path / "out", seconds)


def test_a_length_is_needed_only_where_it_counts(tmp_path):
    data = instance()
    data["edges"] = [edge[:2] for edge in data["edges"]]
    path = write(tmp_path, data)
    assert load_instance(path).graph.n == 60
    with pytest.raises(InputError, match="edges 1"):
        load_instance(path, "length")
