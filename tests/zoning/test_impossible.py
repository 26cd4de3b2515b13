"""What counting rules out is said, in the file and in the line; what it does not, is not."""

import json
import re

import numpy as np
import pytest

from geo_grid.cli import main
from geo_grid.errors import InputError
from geo_grid.zoning.build import from_edges
from geo_grid.zoning.impossible import impossible
from geo_grid.zoning.instance import load_instance, zone_instance


def chains(*sizes, pop=5):
    """Chains beside each other."""
    edges, at = [], 0
    for size in sizes:
        edges += [[at + i, at + i + 1] for i in range(size - 1)]
        at += size
    return {"nodes": [{"pop": pop} for _ in range(at)], "edges": edges, "L": 5, "U": 10}


def write(tmp_path, data):
    path = tmp_path / "instance.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (chains(4, 4, 4) | {"k": 2}, "3 pieces"),
        (chains(16) | {"k": 99}, "16 nodes"),
        (chains(4) | {"k": 1}, "admits 2 to 4"),
        (chains(4) | {"L": 11, "U": 12}, "a piece of 20"),
        (chains(4, pop=30), "more than U"),
    ],
)
@pytest.mark.parametrize("prove", [False, True])
def test_what_is_ruled_out_is_said(tmp_path, capsys, data, words, prove):
    path, out = write(tmp_path, data), tmp_path / "labels.json"
    assert main(["zone", str(path), "--out", str(out), *(["--prove"] if prove else [])]) == 0
    line, told = capsys.readouterr().out, json.loads(out.read_text(encoding="utf-8"))
    assert told["infeasible"] is True
    assert words in told["reason"]
    assert f"INFEASIBLE ({told['reason']})" in line
    if data.get("k") not in {None, len(set(told["labels"]))}:
        assert "proven" not in line
        assert told.get("optimal", False) is False
    else:
        assert told["violation"] > 0, "else there were zones after all"


def test_what_can_be_is_not_called_infeasible(tmp_path, capsys):
    path = write(tmp_path, chains(4, 4) | {"k": 4})
    assert main(["zone", str(path), "--out", str(tmp_path / "out.json"), "--prove"]) == 0
    assert "proven optimal" in capsys.readouterr().out
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert (told["violation"], told["infeasible"], told.get("reason")) == (0, False, None)


@pytest.mark.parametrize("seed", range(30))
def test_counting_never_rules_out_what_the_solver_finds(tmp_path, seed):
    draw = np.random.default_rng(seed)
    n = int(draw.integers(2, 14))
    ends = [(i, int(draw.integers(0, i))) for i in range(1, n) if draw.random() < 0.9]
    nodes = [{"pop": int(pop)} for pop in draw.integers(0, 6, n)]
    k = None if seed % 3 else int(draw.integers(1, n + 1))
    path = write(tmp_path, {"nodes": nodes, "edges": [list(e) for e in ends], "L": 3, "U": 7, "k": k})
    found, read = zone_instance(path, tmp_path / "out.json"), load_instance(path)
    if found["violation"] == 0 and k in {None, len(set(found["labels"]))}:
        assert impossible(read.graph, 3, 7, k) is None


def test_without_nodes():
    nothing = from_edges(0, [], [], None, [])
    assert impossible(nothing, 1, 2, None) is None
    assert "no nodes" in impossible(nothing, 1, 2, 1)


def test_labels_are_never_written_over_the_instance(tmp_path):
    path = write(tmp_path, chains(4))
    before = path.read_bytes()
    with pytest.raises(InputError, match="over the instance"):
        zone_instance(path, tmp_path / "." / "instance.json")
    assert path.read_bytes() == before


def test_what_is_missing_leads_to_the_help(tmp_path, capsys):
    assert main(["zone", str(write(tmp_path, {"nodes": []})), "--out", str(tmp_path / "out.json")]) == 2
    assert "nodes (each with pop), edges, L and U; see: geo-grid zone --help" in capsys.readouterr().err


def test_the_example_of_the_help_can_be_solved(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["zone", "--help"])
    shown = capsys.readouterr().out
    example = shown[shown.index("  {\n") : shown.index("LABELS.json gets")]
    plain = "\n".join(re.sub(r"\s{3,}[a-z(][^\"]*$", "", line) for line in example.splitlines())
    found = zone_instance(write(tmp_path, json.loads(plain)), tmp_path / "out.json")
    assert (found["labels"], found["violation"]) in [([0, 0, 1, 1], 0), ([1, 1, 0, 0], 0)]
