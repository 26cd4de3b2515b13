"""Which figures of issue 7 hold."""

from __future__ import annotations

from typing import Any, NamedTuple

BUILD_SECONDS, BUILD_MEGABYTES, CHECK_SECONDS, PUBLISH_SECONDS = 120.0, 4096.0, 90.0, 60.0
METIS_RATIO, GROWTH, TWO_WORKERS = 4.0, 1.15, 1.7
CODES_KEPT, REBUILD_RATIO = 0.97, 5.0


class Figure(NamedTuple):
    """A figure in words, and whether it holds."""

    text: str
    good: bool


def whole(build: dict[str, Any]) -> dict[str, float]:
    """Return seconds and memory of all stages together."""
    stages = build["stages"].values()
    return {
        "seconds": sum(stage["seconds"] for stage in stages),
        "megabytes": max(stage["megabytes"] for stage in stages),
    }


def judged(found: dict[str, Any], per_million: float | None) -> list[Figure]:
    """Judge what was measured, stage by stage; a city larger than one is held to its growth only."""
    out: list[Figure] = []
    for stage, judge in JUDGES.items():
        if stage in found:
            out += judge(found, per_million)
    return out


def _build(found: dict[str, Any], per_million: float | None) -> list[Figure]:
    build = found["build"]
    left = build["exceptions"].get("not_proved", 0)
    last = Figure(f"{left} not proved", not left)
    if per_million:
        growth = build["processor"] * 1e6 / build["households"] / per_million
        return [Figure(f"{growth:.2f} × a household of {GROWTH}", growth <= GROWTH), last]
    all_ = whole(build)
    return [
        Figure(f"build {all_['seconds']:.0f} s of {BUILD_SECONDS:.0f}", all_["seconds"] <= BUILD_SECONDS),
        Figure(f"{all_['megabytes']:.0f} MB of {BUILD_MEGABYTES:.0f}", all_["megabytes"] <= BUILD_MEGABYTES),
        last,
    ]


def _metis(found: dict[str, Any], per_million: float | None) -> list[Figure]:
    if "build" not in found or per_million:
        return []
    seconds = whole(found["build"])["seconds"]
    ratio, of_ten = (seconds / found["metis"][name] for name in ("once", "best_of_ten"))
    return [Figure(f"{ratio:.1f} × METIS of {METIS_RATIO:.0f} ({of_ten:.1f} × its best of ten)", ratio <= METIS_RATIO)]


def _check(found: dict[str, Any], per_million: float | None) -> list[Figure]:
    check = found["check"]
    clean = Figure(f"check {'FOUND FAULTS' if check['faults'] else 'clean'}", not check["faults"])
    took = Figure(f"check {check['seconds']:.0f} s of {CHECK_SECONDS:.0f}", check["seconds"] <= CHECK_SECONDS)
    return [clean] if per_million else [took, clean]


def _publish(found: dict[str, Any], _per_million: float | None) -> list[Figure]:
    publish = found["publish"]
    return [
        Figure(f"publish {publish['seconds']:.0f} s of {PUBLISH_SECONDS:.0f}", publish["seconds"] <= PUBLISH_SECONDS),
        Figure(f"publish {'FAILED' if publish['faults'] else 'done'}", not publish["faults"]),
    ]


def _rebuild(found: dict[str, Any], _per_million: float | None) -> list[Figure]:
    rebuild = found["rebuild"]
    kept = min(rebuild["kept"].values())
    out = [
        Figure(f"rebuild keeps {kept:.1%} of the codes of {CODES_KEPT:.0%}", kept >= CODES_KEPT),
        Figure(f"rebuild {'FOUND FAULTS' if rebuild['faults'] else 'clean'}", not rebuild["faults"]),
    ]
    for name, word in (("seconds", "s"), ("processor", "processor s")):
        ratio = rebuild[f"ratio_{name}"]
        out.append(Figure(f"rebuild {ratio:.1f} × faster ({word}) of {REBUILD_RATIO:.0f}", ratio >= REBUILD_RATIO))
    return out


def _dask(found: dict[str, Any], _per_million: float | None) -> list[Figure]:
    ratio = found["dask"]["1"] / found["dask"]["2"]
    return [Figure(f"two Dask workers {ratio:.2f} × one of {TWO_WORKERS}", ratio >= TWO_WORKERS)]


def _map(found: dict[str, Any], _per_million: float | None) -> list[Figure]:
    figures, limits = found["map"]["figures"], found["map"]["limits"]
    return [Figure(f"map {name} {figures[name]:g} of {most:g}", figures[name] <= most) for name, most in limits.items()]


JUDGES = {
    "build": _build,
    "metis": _metis,
    "check": _check,
    "publish": _publish,
    "rebuild": _rebuild,
    "dask": _dask,
    "map": _map,
}
