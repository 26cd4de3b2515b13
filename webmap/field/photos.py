"""Photos on the disk: parts as they come, and whole ones under names of the server's own."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.errors import StoreError
from geo_grid.field.uploads import take_chunk, whole
from webmap.field.pictures import PictureError, rewritten
from webmap.refusals import BusyError, NoFolderError, UnknownNameError

if TYPE_CHECKING:
    import datetime as dt

    from geo_grid.field.policy import FieldSettings
    from webmap.settings import Settings

#: Locks for photos that come at the same time; two of one name wait for each other, and hardly any others.
_LOCKS = 64


class Taken(NamedTuple):
    """What became of a part.

    Parameters
    ----------
    received : int
        Bytes there are; go on there.
    complete : bool
        Whether the photo is there, and was looked into.
    refused : str or None
        Why the part or the photo cannot be used.
    """

    received: int
    complete: bool = False
    refused: str | None = None

    def told(self) -> dict[str, Any]:
        """Return it as a phone is told.

        Returns
        -------
        dict
            JSON values.
        """
        told: dict[str, Any] = {"received": self.received, "complete": self.complete}
        return told | ({"refused": self.refused} if self.refused else {})


class PhotoFolder:
    """The folder of photos of one service.

    Parameters
    ----------
    store_url : str
        GeoPackage path or PostgreSQL address.
    settings : Settings
        Tells the folder, and limits.
    """

    def __init__(self, store_url: str, settings: Settings) -> None:
        self.settings = settings
        self._store = store_url
        self._locks = [threading.Lock() for _ in range(_LOCKS)]
        self._turns = threading.BoundedSemaphore(max(1, settings.photo_workers))

    @property
    def folder(self) -> Path:
        """Where photos are kept.

        Raises
        ------
        NoFolderError
            If nobody said where, and there is no file to put it beside.
        """
        if self.settings.photos is not None:
            return Path(self.settings.photos)
        if "://" in self._store:
            raise NoFolderError(
                "nobody said where photos are kept",
                mend="Start the service with --photos DIR; a database has no folder.",
            )
        return Path(f"{Path(self._store).with_suffix('')}.photos")

    def take(
        self, ledger: Any, id_: str, author: str, offset: int, data: bytes, sha256: str | None, limits: FieldSettings
    ) -> Taken:
        """Take a part of a photo.

        Parameters
        ----------
        ledger : Ledger
            Knows what its event said, and how far it has come.
        id_ : str
            Its id.
        author : str
            Who sends the part.
        offset : int
            Where the part begins.
        data : bytes
            The part.
        sha256 : str or None
            Its hash, where the phone tells it.
        limits : FieldSettings
            How large a part, and a picture, may be.

        Returns
        -------
        Taken
            What there is now. A part that was sent before changes nothing.

        Raises
        ------
        UnknownNameError
            If no photo of theirs has this id.
        BusyError
            If the disk is nearly full.
        """
        with self._locks[hash(id_) % _LOCKS]:
            photo = ledger.photo(id_)
            if photo is None or photo["author"] != author:
                raise UnknownNameError("no photo of yours has this id", mend="Send its event first.")
            known = self.state(photo)
            if known.complete or known.refused:
                return known
            step = take_chunk(photo["size"], known.received, offset, data, limits, sha256)
            if step.refused is not None:
                return Taken(step.received, refused=step.refused)
            if step.complete and known.received == 0:
                return self._finish(ledger, photo, data, limits)  # in one piece: nothing to gather
            if step.write:
                self._write(id_, known.received, data[step.skip :])
            if step.complete:
                part = self._part(id_)
                return self._finish(ledger, photo, part.read_bytes() if part.exists() else b"", limits)
            if step.write:
                ledger.put_upload(id_, received=step.received)
            return Taken(step.received)

    def state(self, photo: dict[str, Any]) -> Taken:
        """Say how far a photo has come.

        Parameters
        ----------
        photo : dict
            As :meth:`geo_grid.store.Ledger.photo` tells it.

        Returns
        -------
        Taken
            What there is.
        """
        if photo["refused"] or photo["stored_name"]:
            return Taken(photo["size"], complete=not photo["refused"], refused=photo["refused"] or None)
        if not photo["received"]:
            return Taken(0)
        # what the table knows may be ahead of the disk after a power cut
        part = self._part(photo["id"])
        return Taken(min(int(photo["received"]), part.stat().st_size if part.exists() else 0))

    def picture(self, photo: dict[str, Any]) -> Path | None:
        """Return the file of a photo that is there.

        Parameters
        ----------
        photo : dict
            As :meth:`geo_grid.store.Ledger.photo` tells it.

        Returns
        -------
        Path or None
            None where it is not whole, was refused, or the folder does not hold it.
        """
        if photo["refused"] or not photo["stored_name"]:
            return None
        path = self._place(str(photo["stored_name"]))
        return path if path.is_file() else None

    def tidy(self, ledger: Any, now: dt.datetime) -> int:
        """Remove pictures nobody knows of, and parts of photos that have not gone on for long.

        Parameters
        ----------
        ledger : Ledger
            Knows the pictures.
        now : datetime
            With a zone.

        Returns
        -------
        int
            Files that were removed. A phone whose parts are gone begins anew.
        """
        with suppress(NoFolderError):
            if self.folder.is_dir():
                day, parts = 86_400.0, self.settings.photo_parts_days * 86_400.0
                known = ledger.stored_photos()
                old = [path for path in self.folder.glob("parts/*.part") if _age(path, now) > parts]
                # a picture is on the disk a moment before the table knows of it
                lost = [
                    path for path in self.folder.glob("??/*.jpg") if path.name not in known and _age(path, now) > day
                ]
                for path in (*old, *lost):
                    path.unlink(missing_ok=True)
                return len(old) + len(lost)
        return 0

    def _write(self, id_: str, at: int, data: bytes) -> None:
        part = self._part(id_)
        try:
            part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._room(part.parent)
            with part.open("r+b" if part.exists() else "w+b") as file:
                file.truncate(at)
                file.seek(at)
                file.write(data)
        except OSError as error:
            raise StoreError(f"photos cannot be written to {part.parent}: {error.strerror}") from error

    def _room(self, folder: Path) -> None:
        if shutil.disk_usage(folder).free < self.settings.photo_free_bytes:
            raise BusyError("the disk for photos is nearly full", mend="Tell the administrator.", retry_after=600)

    def _finish(self, ledger: Any, photo: dict[str, Any], data: bytes, limits: FieldSettings) -> Taken:
        """Look at a photo that is all there."""
        id_, part = photo["id"], self._part(photo["id"])
        fault = whole(data, photo["size"], photo["sha256"], photo["content_type"])
        if fault == "damaged":
            part.unlink(missing_ok=True)
            ledger.put_upload(id_, received=0)
            return Taken(0, refused=fault)
        name, told = None, fault
        if fault is None:
            name, told = self._store_anew(data, photo["content_type"], limits)
        ledger.put_upload(
            id_,
            received=photo["size"],
            stored_name=name and name[0],
            stored_sha256=name and name[1],
            refused=told,
        )
        part.unlink(missing_ok=True)
        return Taken(photo["size"], complete=told is None, refused=told)

    def _store_anew(
        self, data: bytes, content_type: str, limits: FieldSettings
    ) -> tuple[tuple[str, str] | None, str | None]:
        try:
            with self._turns:  # not while the disk is waited for
                picture = rewritten(data, content_type, limits.photo_pixels, self.settings.photo_quality)
        except PictureError as error:
            return None, str(error)
        name = f"{secrets.token_hex(16)}.jpg"
        path = self._place(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._room(path.parent)
            with path.open("xb") as file:
                file.write(picture)
                file.flush()
                os.fsync(file.fileno())  # the phone throws its copy away after this
        except OSError as error:
            raise StoreError(f"photos cannot be written to {path.parent}: {error.strerror}") from error
        return (name, hashlib.sha256(picture).hexdigest()), None

    def _part(self, id_: str) -> Path:
        """Return where the parts of a photo are gathered, under no name a phone chose."""
        return self.folder / "parts" / f"{hashlib.blake2b(id_.encode(), digest_size=16).hexdigest()}.part"

    def _place(self, name: str) -> Path:
        if Path(name).name != name:
            raise StoreError("the table of photos names something outside their folder")
        return self.folder / name[:2] / name


def _age(path: Path, now: dt.datetime) -> float:
    try:
        return now.timestamp() - path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0
