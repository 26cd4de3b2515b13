"""Every limit and choice of the map service, named and documented."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from geo_grid.errors import UsageError

Datum = Literal["WGS84", "GCJ02"]
Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")

_TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILECOL={{x}}&TILEROW={{y}}&TILEMATRIX={{z}}&tk={key}"
)


@dataclass(frozen=True, slots=True)
class BaseMap:
    """Picture tiles of another host to draw under the plan; the only way a page may ask another host for anything.

    Parameters
    ----------
    urls : tuple of str
        Tile address patterns with ``{x}``, ``{y}``, ``{z}`` and optionally ``{s}``, drawn in this order.
    attribution : str
        Whose tiles they are; shown on the map as plain text.
    datum : {"WGS84", "GCJ02"}
        Datum of the tiles; the plan is shifted to it on its way out.
    subdomains : str
        What ``{s}`` stands for, one character each.
    max_zoom : int
        Deepest zoom the tiles exist at.
    """

    urls: tuple[str, ...]
    attribution: str
    datum: Datum = "WGS84"
    subdomains: str = "abc"
    max_zoom: int = 18

    def __post_init__(self) -> None:
        for url in self.urls:
            parts = urlsplit(url.replace("{s}", "s"))
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise UsageError(
                    f"base map address {url!r} is not a web address", mend="Give one like https://host/{z}/{x}/{y}.png."
                )
            if any(mark not in url for mark in ("{x}", "{y}", "{z}")):
                raise UsageError(f"base map address {url!r} lacks {{x}}, {{y}} or {{z}}")
            if any(char in url for char in " ;,'\""):
                raise UsageError(f"base map address {url!r} holds a character that no address may hold unescaped")

    @classmethod
    def tianditu(cls, key: str) -> BaseMap:
        """Return the national map service 天地图 (vector and its labels).

        Parameters
        ----------
        key : str
            The developer key (tk) of the office.

        Returns
        -------
        BaseMap
            CGCS2000 tiles, which no one can tell from WGS84 on a screen: no shift.

        Raises
        ------
        UsageError
            If the key holds anything but letters and digits.
        """
        if not key.isalnum():
            raise UsageError("a Tianditu key holds letters and digits only")
        urls = tuple(_TIANDITU.format(layer=layer, key=key) for layer in ("vec", "cva"))
        return cls(urls, "天地图 Tianditu", subdomains="01234567")

    def hosts(self) -> list[str]:
        """Return the origins the tiles come from, for the content security policy.

        Returns
        -------
        list of str
            ``scheme://host`` of every pattern and subdomain.
        """
        origins: dict[str, None] = {}
        for url in self.urls:
            for name in self.subdomains if "{s}" in url else "x":
                parts = urlsplit(url.replace("{s}", name))
                origins[f"{parts.scheme}://{parts.netloc}"] = None
        return list(origins)


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of one running map service.

    Parameters
    ----------
    base_map : BaseMap or None
        Picture tiles under the plan. None, the default, asks no other host for anything.
    language : {"zh", "en"}
        Language of a first visit whose browser asks for neither.
    search_limit : int
        Hits one search returns at most.
    exceptions_limit : int
        Exceptions one answer lists at most; the rest is paged.
    names_from : int
        Households a building needs before its name and floors appear; the name of a single home can be an address.
    overview_vertices : int
        Vertices of all area borders together beyond which the overview draws them simplified.
    single_file_bytes : int
        Largest single-file map that is written.
    cache_seconds : int
        How long a browser may reuse an answer without asking again.
    look_seconds : float
        How often a database is asked whether its plan is still the one shown; a file is looked at on every request.
    draft_seconds : float
        How often the map is drawn anew while it shows a draft that is being edited; a published version at once.
    cached_answers : int
        Answers kept in memory.
    hosts : tuple of str
        Names, beside addresses in numbers and those of this machine, under which the service may be asked for.
    session_idle_seconds : int
        A session ends when nothing was asked for so long.
    session_seconds : int
        A session ends so long after the login, however busy it was.
    invitation_seconds : int
        How long a one-time link is good for.
    password_characters : int
        Fewest characters of a password.
    login_limit : str
        Attempts to sign in with one name from one address; a success begins the count anew.
    login_name_limit : str
        Attempts to sign in with one name from anywhere; a success begins the count anew.
    login_address_limit : str
        Attempts to sign in and one-time links from one address, with whatever name.
    edits_limit : str
        Changes and previews of one account.
    geometry_vertices : int
        Vertices a drawn line or polygon may have.
    geometry_seconds : float
        How long one piece of geometry or solver work may take; then its process is killed.
    workers : int
        Processes that do such work.
    waiting_jobs : int
        Pieces of such work that may wait or run; more are turned away for a moment.
    body_bytes : int
        Largest body of a request.
    import_bytes : int
        Largest file that is imported.
    units_listed : int
        Units one change may name.
    least_count : int
        The least count of households that is told to the public exactly; smaller ones are "<10".
    lookup_limit : str
        Questions about places from one address.
    public_limit : str
        Other public questions from one address: codes, names, areas, features.
    bulk_limit : str
        Bulk lookups from one address.
    version_limit : str
        Earlier versions read for one address; those that are at hand do not count.
    bulk_points : int
        Places one bulk lookup may ask for.
    answer_rows : int
        Rows one public answer lists at most; the rest is paged.
    editions_kept : int
        Earlier versions kept in memory beside the one that is shown.
    utc_offset_hours : float
        Hours the office's clocks are ahead of UTC: when a day of ``as_of`` ends.
    tiles : str or None
        Directory of the tile archives; by default beside a GeoPackage (``PLAN.tiles``), of a database one that lasts as
        long as the service.
    tiles_seconds : float
        How long writing one archive may take.
    tiles_wait_seconds : float
        How long somebody who asks for an archive that is being written waits before being told to come back.
    tiles_from : int
        Grids from which on the public map of a published version is drawn from tiles; smaller plans are drawn whole.
    public_url : str
        Address of the service as phones reach it, for the QR codes of notice boards; by default the address a board was
        asked for by.
    tiles_kept : int
        Versions whose tile archives are kept, at least 2: the latest, and those that were written last; others are
        removed, and written again when somebody asks for them. 0 keeps all.
    cached_grids : int
        Grids whose part of the answer to a lookup is kept in memory, about half a kilobyte each.
    access_log_seconds : float
        Somebody who opens the same draft again within so long is one entry of the access log.
    photos : str or None
        Folder of the photos of inspections; by default beside a GeoPackage (``PLAN.photos``). A database needs one.
    photo_quality : int
        Quality of the JPEG a photo is written anew as, 1 to 95.
    photo_workers : int
        Photos written anew at a time.
    photo_free_bytes : int
        Room on the disk below which no photo is taken.
    photo_parts_days : int
        Days after which parts of a photo that does not go on are removed.
    photos_limit : str
        Photos one account may begin to send.
    field_limit : str
        Requests for field inspection of one account.
    field_rows : int
        Rows one answer about duties or matters lists at most; the rest is paged.
    field_evidence_days : int
        Days that are looked back at for what was seen; at least twice the longest interval of the policy.
    field_list_seconds : float
        How long a list of duties of more than a township may leave out what came in since it was made.
    field_kept : int
        Lists of duties kept in memory.
    field_upkeep_seconds : float
        How often old positions are thinned out, and files that belong to nobody removed.
    round_stops : int
        Stops of a round of one day at most, the nearest.
    """

    base_map: BaseMap | None = None
    language: Language = "zh"
    search_limit: int = 20
    exceptions_limit: int = 500
    names_from: int = 5
    overview_vertices: int = 60_000
    single_file_bytes: int = 40_000_000
    cache_seconds: int = 60
    look_seconds: float = 10.0
    draft_seconds: float = 30.0
    cached_answers: int = 512
    hosts: tuple[str, ...] = ()
    session_idle_seconds: int = 2 * 3600
    session_seconds: int = 12 * 3600
    invitation_seconds: int = 24 * 3600
    password_characters: int = 10
    login_limit: str = "10 per 5 minutes"
    login_name_limit: str = "100 per hour"
    login_address_limit: str = "60 per 5 minutes"
    edits_limit: str = "120 per minute"
    geometry_vertices: int = 10_000
    geometry_seconds: float = 20.0
    workers: int = 2
    waiting_jobs: int = 16
    body_bytes: int = 4_000_000
    import_bytes: int = 50_000_000
    units_listed: int = 20_000
    least_count: int = 10
    lookup_limit: str = "600 per minute"
    public_limit: str = "1200 per minute"
    bulk_limit: str = "30 per minute"
    version_limit: str = "20 per minute"
    bulk_points: int = 1_000
    answer_rows: int = 1_000
    editions_kept: int = 1
    utc_offset_hours: float = 8.0
    tiles: str | None = None
    tiles_seconds: float = 900.0
    tiles_wait_seconds: float = 2.0
    tiles_from: int = 3_000
    public_url: str = ""
    tiles_kept: int = 3
    cached_grids: int = 60_000
    access_log_seconds: float = 3600.0
    photos: str | None = None
    photo_quality: int = 85
    photo_workers: int = 2
    photo_free_bytes: int = 500_000_000
    photo_parts_days: int = 60
    photos_limit: str = "2000 per day"
    field_limit: str = "1200 per minute"
    field_rows: int = 500
    field_evidence_days: int = 120
    field_list_seconds: float = 30.0
    field_kept: int = 16
    field_upkeep_seconds: float = 6 * 3600.0
    round_stops: int = 200
