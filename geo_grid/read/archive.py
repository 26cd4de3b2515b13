"""Zipped Shapefiles: only the members of a Shapefile are unpacked, to a folder of our own, within limits."""

from __future__ import annotations

import shutil
import struct
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from geo_grid.errors import InputError
from geo_grid.read.limits import MAX_DEFLATE_RATIO, MAX_UNPACKED_BYTES, MAX_ZIP_MEMBERS, ZIP_SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.config import Source


@contextmanager
def unpacked_shapefile(source: Source, path: Path) -> Iterator[Path]:
    """Unpack the one Shapefile of an archive, for as long as the context lasts.

    Parameters
    ----------
    source : Source
        The source; its ``layer`` chooses among several Shapefiles.
    path : Path
        The archive.

    Yields
    ------
    Path
        The ``.shp`` file.

    Raises
    ------
    InputError
        The archive is damaged, too large, encrypted, or holds no or several Shapefiles.
    """
    with TemporaryDirectory(prefix="geo-grid-") as folder:
        try:
            with zipfile.ZipFile(path) as archive:
                shapefile = _unpack(source, archive, Path(folder))
        except (zipfile.BadZipFile, EOFError, ValueError, LookupError, struct.error, zlib.error) as error:
            mend = "Pack or download it again"
            raise InputError(f"the archive is damaged ({type(error).__name__})", file=source.label, mend=mend) from None
        except (RuntimeError, NotImplementedError):
            mend = "Pack it again, plainly and without a password"
            raise InputError("the archive is encrypted or packed in a rare way", file=source.label, mend=mend) from None
        yield shapefile


def refuse_bomb(source: Source, archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would unpack beyond the limits.

    Parameters
    ----------
    source : Source
        The source, for messages.
    archive : ZipFile
        The archive.

    Raises
    ------
    InputError
        It holds too many members, or too much.
    """
    members = archive.infolist()
    size = sum(member.file_size for member in members)
    if len(members) > MAX_ZIP_MEMBERS or size > MAX_UNPACKED_BYTES:
        message = f"the archive holds {len(members)} files of {size / 1024**2:.0f} MB, more than is unpacked"
        raise InputError(message, file=source.label, mend="Use a GeoPackage")
    packed = sum(member.compress_size for member in members)
    if size > MAX_DEFLATE_RATIO * max(packed, 1 << 16):
        raise InputError("the archive unpacks to an unreasonable size", file=source.label, mend="Use a GeoPackage")


def _unpack(source: Source, archive: zipfile.ZipFile, folder: Path) -> Path:
    refuse_bomb(source, archive)
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    shapes = [m for m in members if m.filename.lower().endswith(".shp")]
    if source.layer:
        shapes = [m for m in shapes if _stem(m).casefold() == source.layer.casefold()]
    if len(shapes) != 1:
        found = ", ".join(sorted({PurePosixPath(m.filename).name for m in (shapes or members)})[:10]) or "nothing"
        message = "the archive holds several Shapefiles" if shapes else "the archive holds no such Shapefile"
        mend = (
            f"It holds: {found}; name one with layer" if shapes else f"It holds: {found}; pack .shp, .shx, .dbf, .prj"
        )
        raise InputError(message, file=source.label, mend=mend)
    chosen = shapes[0].filename[: -len(".shp")].casefold()
    for member in members:
        stem, dot, suffix = member.filename.casefold().rpartition(".")
        if stem == chosen and dot + suffix in ZIP_SUFFIXES:
            # a name of our own: nothing of the member's reaches the file system
            with archive.open(member) as packed, (folder / f"layer.{suffix}").open("wb") as plain:
                shutil.copyfileobj(packed, plain)
    return folder / "layer.shp"


def _stem(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).stem
