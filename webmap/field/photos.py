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
from webmap.field.darkroom import Darkroom
from webmap.field.pictures import PictureError, glance, rewritten
from webmap.refusals import BusyError, NoFolderError, UnknownNameError

if TYPE_CHECKING:
    import datetime as dt

    from geo_grid.field.policy import FieldSettings
    from webmap.settings import Settings

#: Locks for photos that come at the same time; two of one name wait for each other, and hardly any others.
_LOCKS = 64

#: Width and height of what is developed late, at most: whatever the policy said when it came.
_PIXELS = 16_384


class Taken(NamedTuple):
    """What became of a part.

    Parameters
    ----------
    received : int
        Bytes there are; go on there.
    complete : bool
        Whether the photo is there whole, and is what was said.
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
    ledger : Ledger, optional
        Knows how far photos have come.
    """

    def __init__(self, store_url: str, settings: Settings, ledger: Any = None) -> None:
        self.settings = settings
        self._store, self._ledger = store_url, ledger
        self._locks = [threading.RLock() for _ in range(_LOCKS)]
        self._darkroom = Darkroom(self.develop, settings.photo_workers)

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

    def take(self, id_: str, author: str, offset: int, data: bytes, sha256: str | None, limits: FieldSettings) -> Taken:
        """Take a part of a photo.

        Parameters
        ----------
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
            photo = self._ledger.photo(id_)
            if photo is None or photo["author"] != author:
                raise UnknownNameError("no photo of yours has this id", mend="Send its event first.")
            known = self.state(photo)
            if known.complete or known.refused:
                return known
            # of a photo in one piece the hash is compared anyway
            hash_ = None if len(data) == photo["size"] else sha256
            step = take_chunk(photo["size"], known.received, offset, data, limits, hash_)
            if step.refused is not None:
                return Taken(step.received, refused=step.refused)
            if step.write:
                self._write(id_, known.received, data[step.skip :], last=step.complete)
            if step.complete:
                return self._gathered(photo, data if len(data) == photo["size"] else None, limits)
            return Taken(step.received)  # the file tells how far it has come: a transaction a part would be dear

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
        size = int(photo["size"])
        if photo["refused"] or photo["stored_name"]:
            return Taken(size, complete=not photo["refused"], refused=photo["refused"] or None)
        there = self.there(photo["id"], size)
        # the table has it once it was compared with what was said, and may be ahead of the disk after a power cut
        return Taken(there, complete=there == size == photo["received"])

    def there(self, id_: str, size: int) -> int:
        """Return how much of a photo is on the disk.

        Parameters
        ----------
        id_ : str
            Its id.
        size : int
            Bytes it is to have.

        Returns
        -------
        int
            Bytes to go on behind; 0 where there is no folder.
        """
        try:
            return min(size, _size(self._part(id_)))
        except NoFolderError:  # said to whoever sends a part
            return 0

    def picture(self, photo: dict[str, Any]) -> Path | None:
        """Return the file of a photo that is there; one that waits for it is written anew first.

        Parameters
        ----------
        photo : dict
            As :meth:`geo_grid.store.Ledger.photo` tells it.

        Returns
        -------
        Path or None
            None where it is not whole, was refused, or the folder does not hold it.
        """
        if photo["refused"]:
            return None
        name = photo["stored_name"] or (self.develop(photo["id"]) if self.state(photo).complete else None)
        path = self._place(str(name)) if name else None
        return path if path is not None and path.is_file() else None

    def develop(self, id_: str) -> str | None:
        """Write a photo anew that came in whole, and throw away what came.

        Parameters
        ----------
        id_ : str
            Its id.

        Returns
        -------
        str or None
            Name of the file; None where there is nothing to be written, or it is no photo after all.
        """
        with self._locks[hash(id_) % _LOCKS]:
            photo = self._ledger.photo(id_)
            if photo is None or photo["refused"] or photo["stored_name"] or not self.state(photo).complete:
                return photo and photo["stored_name"]
            part = self._part(id_)
            name = sha256 = refused = None
            try:
                picture = rewritten(part.read_bytes(), photo["content_type"], _PIXELS, self.settings.photo_quality)
                name, sha256 = self._keep(picture)
            except PictureError as error:
                refused = str(error)
            self._ledger.put_upload(
                id_, received=photo["size"], stored_name=name, stored_sha256=sha256, refused=refused
            )
            part.unlink(missing_ok=True)
            return name

    def resume(self) -> int:
        """Have photos written anew that came in whole before the service ended.

        Returns
        -------
        int
            How many there are.
        """
        waiting = []
        with suppress(NoFolderError):
            for part in sorted(self.folder.glob("parts/*.part")):
                photo = self._ledger.photo(part.stem)
                if photo is not None and not photo["stored_name"] and self.state(photo).complete:
                    waiting.append(part.stem)
        for id_ in waiting:
            self._darkroom.put(id_)
        return len(waiting)

    def tidy(self, now: dt.datetime) -> int:
        """Remove pictures nobody knows of, and parts of photos that have not gone on for long.

        Parameters
        ----------
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
                known = self._ledger.stored_photos()
                old = [path for path in self.folder.glob("parts/*.part") if _age(path, now) > parts]
                # a picture is on the disk a moment before the table knows of it
                lost = [
                    path for path in self.folder.glob("??/*.jpg") if path.name not in known and _age(path, now) > day
                ]
                for path in (*old, *lost):
                    path.unlink(missing_ok=True)
                return len(old) + len(lost)
        return 0

    def close(self) -> None:
        """End the work in the background."""
        self._darkroom.close()

    def _gathered(self, photo: dict[str, Any], data: bytes | None, limits: FieldSettings) -> Taken:
        """Compare a photo that is all there with what was said, and look at its head."""
        id_, part = photo["id"], self._part(photo["id"])
        data = part.read_bytes() if data is None else data
        fault = whole(data, photo["size"], photo["sha256"], photo["content_type"])
        if fault is None:
            try:
                glance(data, photo["content_type"], limits.photo_pixels)
            except PictureError as error:
                fault = str(error)
        received = 0 if fault == "damaged" else int(photo["size"])
        if fault is not None:
            part.unlink(missing_ok=True)
        self._ledger.put_upload(id_, received=received, refused=None if fault == "damaged" else fault)
        if fault is None:
            self._darkroom.put(id_)
        return Taken(received, complete=fault is None, refused=fault)

    def _write(self, id_: str, at: int, data: bytes, *, last: bool) -> None:
        part = self._part(id_)
        try:
            part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._room(part.parent)
            with part.open("r+b" if part.exists() else "w+b") as file:
                file.truncate(at)
                file.seek(at)
                file.write(data)
                if last:
                    _on_disk(file)  # the phone throws its copy away after this
        except OSError as error:
            raise StoreError(f"photos cannot be written to {part.parent}: {error.strerror}") from error

    def _keep(self, picture: bytes) -> tuple[str, str]:
        name = f"{secrets.token_hex(16)}.jpg"
        path = self._place(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._room(path.parent)
        with path.open("xb") as file:
            file.write(picture)
            _on_disk(file)
        return name, hashlib.sha256(picture).hexdigest()

    def _room(self, folder: Path) -> None:
        if shutil.disk_usage(folder).free < self.settings.photo_free_bytes:
            raise BusyError("the disk for photos is nearly full", mend="Tell the administrator.", retry_after=600)

    def _part(self, id_: str) -> Path:
        """Return where the parts of a photo are gathered; its id is one of the store's, and a UUID."""
        return self.folder / "parts" / f"{id_}.part"

    def _place(self, name: str) -> Path:
        if Path(name).name != name:
            raise StoreError("the table of photos names something outside their folder")
        return self.folder / name[:2] / name


def _on_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _age(path: Path, now: dt.datetime) -> float:
    try:
        return now.timestamp() - path.stat().st_mtime
    except OSError:  # gone meanwhile
        return 0.0
