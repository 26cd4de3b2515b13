"""Finished areas, kept while a build runs: beside the store, so that an interrupted one can go on, or in memory."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

import geo_grid
from geo_grid.errors import GeoGridError, UsageError
from geo_grid.packing import pack, unpack

if TYPE_CHECKING:
    from geo_grid.area import AreaJob, ZonedArea

#: What of a household the zones depend on.
_COLUMNS = ("id", "building", "entrance", "floor", "group", "address")
#: Files and packages of geo_grid, and libraries, that the zones depend on.
_SOURCES = ("area.py", "keep.py", "packing.py", "policy.py", "units.py", "cells", "zoning")
LIBRARIES = ("numpy", "scipy", "shapely", "numba")


class Shelf(Protocol):
    """Keeps finished areas by the digests of their jobs."""

    def take(self, digest: str) -> ZonedArea | None:
        """Return a finished area.

        Parameters
        ----------
        digest : str
            Its job's digest.

        Returns
        -------
        ZonedArea or None
            None where there is none, or it is damaged.
        """

    def put(self, digest: str, area: ZonedArea) -> None:
        """Keep an area.

        Parameters
        ----------
        digest : str
            Its job's digest.
        area : ZonedArea
            The area.
        """

    def note(self, name: str, text: str) -> str:
        """Write something down beside the areas.

        Parameters
        ----------
        name : str
            Name of the note.
        text : str
            What it says.

        Returns
        -------
        str
            Where it is; empty where it would not outlast the build.
        """


@dataclass(frozen=True, slots=True)
class MemoryShelf:
    """Finished areas in memory.

    Parameters
    ----------
    areas : dict of str to ZonedArea
        By the digests of their jobs.
    """

    areas: dict[str, ZonedArea] = field(default_factory=dict)

    def take(self, digest: str) -> ZonedArea | None:
        """Return a finished area.

        Parameters
        ----------
        digest : str
            Its job's digest.

        Returns
        -------
        ZonedArea or None
            None where there is none, or it is damaged.
        """
        return self.areas.get(digest)

    def put(self, digest: str, area: ZonedArea) -> None:
        """Keep an area.

        Parameters
        ----------
        digest : str
            Its job's digest.
        area : ZonedArea
            The area.
        """
        self.areas[digest] = area

    def note(self, name: str, text: str) -> str:  # noqa: ARG002
        """Write something down beside the areas.

        Parameters
        ----------
        name : str
            Name of the note.
        text : str
            What it says.

        Returns
        -------
        str
            Where it is; empty where it would not outlast the build.
        """
        return ""


@dataclass(frozen=True, slots=True)
class Keep:
    """A folder of finished areas, which hold no names, addresses or ids of households.

    While a build runs a :class:`geo_grid.engine.FolderRoom` lies in it too, and tells of them.

    Parameters
    ----------
    folder : Path
        The folder.
    """

    folder: Path

    @classmethod
    def beside(cls, store: str, city: Path) -> Keep:
        """Return the folder that belongs to a store.

        Parameters
        ----------
        store : str
            Path of a GeoPackage, or the address of a database.
        city : Path
            The ``city.toml``.

        Returns
        -------
        Keep
            Beside the GeoPackage; for a database, beside ``city.toml``.
        """
        home = (city if "://" in store else Path(store)).resolve()  # other machines stand elsewhere
        return cls(home.with_name(home.name + ".parts"))

    def count(self) -> int:
        """Return how many areas are kept.

        Returns
        -------
        int
            Finished areas in the folder.
        """
        return sum(1 for _ in self.folder.glob("*.area"))

    def prepare(self) -> None:
        """Make the folder.

        Raises
        ------
        UsageError
            If it cannot be made, or written to.
        """
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".new")
            os.close(handle)
            Path(name).unlink()
        except OSError as error:
            raise UsageError(
                f"the folder for unfinished work cannot be written ({error.strerror})",
                file=self.folder,
                mend="Name another: --work DIR",
            ) from None

    def take(self, digest: str) -> ZonedArea | None:
        """Return a finished area.

        Parameters
        ----------
        digest : str
            Its job's digest.

        Returns
        -------
        ZonedArea or None
            None where there is none, or it is damaged.
        """
        try:
            return unpack(self._path(digest).read_bytes())
        except (OSError, ValueError):
            return None

    def put(self, digest: str, area: ZonedArea) -> None:
        """Keep an area.

        Parameters
        ----------
        digest : str
            Its job's digest.
        area : ZonedArea
            The area.
        """
        try:
            handle, name = tempfile.mkstemp(dir=self.folder, suffix=".new")
            with os.fdopen(handle, "wb") as file:
                file.write(pack(area))
            Path(name).replace(self._path(digest))  # under its name it is whole
        except OSError as error:
            raise GeoGridError(f"the folder for unfinished work cannot be written ({error.strerror})") from None

    def note(self, name: str, text: str) -> str:
        """Write something down beside the areas.

        Parameters
        ----------
        name : str
            Name of the note.
        text : str
            What it says.

        Returns
        -------
        str
            Where it is; empty where it would not outlast the build.
        """
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def clear_parts(self) -> None:
        """Forget all but the finished areas, and the folder too where there are none."""
        for child in self.folder.glob("*/"):
            shutil.rmtree(child, ignore_errors=True)
        with suppress(OSError):  # not empty: something is left to go on with
            self.folder.rmdir()

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest}.area"


def job_digest(job: AreaJob) -> str:
    """Return a digest of all that the zones of an area depend on, the program included.

    Parameters
    ----------
    job : AreaJob
        The area.

    Returns
    -------
    str
        Hexadecimal digest.
    """
    import shapely

    out = blake2b(program_digest().encode(), digest_size=16)
    out.update(repr((job.code, job.policy, job.cells, job.min_contact, job.seed)).encode())
    layers = [np.array([job.polygon], dtype=object), job.dividers, *(lines for lines, _ in job.barriers)]
    out.update(repr(([len(layer) for layer in layers], [strength for _, strength in job.barriers])).encode())
    for layer in layers:
        out.update(b"".join(shapely.to_wkb(layer, byte_order=1).tolist()))
    out.update(shapely.get_coordinates(job.households.geometry.to_numpy()).tobytes())
    for name in _COLUMNS:
        out.update(repr(job.households[name].tolist()).encode("utf-8", "surrogatepass"))
    return out.hexdigest()


@functools.cache
def program_digest() -> str:
    """Return a digest of the program that makes zones: its version, its files, and the libraries it uses.

    Returns
    -------
    str
        Hexadecimal digest.
    """
    home = Path(geo_grid.__file__).parent
    out = blake2b(geo_grid.__version__.encode(), digest_size=16)
    for name in LIBRARIES:
        out.update(f"{name} {version(name)}".encode())
    for source in _SOURCES:
        path = home / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            out.update(file.read_bytes())
    return out.hexdigest()
