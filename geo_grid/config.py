"""``city.toml``: which files a city is read from, and under which policy its grids are drawn."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from geo_grid._toml import Section
from geo_grid.errors import ConfigError
from geo_grid.policy import RURAL, URBAN, Band, Level, Policies, Policy
from geo_grid.read.words import COLUMNS
from geo_grid.schema import ELEMENT_CLASSES

Overlaps = Literal["refuse", "first", "smaller"]
Datum = Literal["WGS84", "CGCS2000", "GCJ02", "BD09"]

DATUMS: tuple[Datum, ...] = ("WGS84", "CGCS2000", "GCJ02", "BD09")
OVERLAPS: tuple[Overlaps, ...] = ("refuse", "first", "smaller")

#: No grid holds more households than this; a wider band is a slip of the pen.
WIDEST_BAND = 100_000

#: Encodings a DBF or a CSV may have: those in which ASCII is ASCII.
_ASCII_LIKE = b"a,1"

#: Neighbours share at least this much border, in metres, unless the configuration says otherwise.
DEFAULT_MIN_CONTACT = 3.0

_DATABASE_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one database table, and how to understand it.

    Parameters
    ----------
    role : str
        What it is read for: "areas", "groups", "households", "buildings" or "elements".
    label : str
        Short name for messages, the quarantine and the counts; unique in a city, and free of passwords.
    path : str
        Absolute path of the file, or a ``postgresql://`` address.
    layer : str, optional
        Layer, worksheet or (``schema.table``) table.
    encoding : str, optional
        Encoding of text; found out where it is not given.
    datum : {"WGS84", "CGCS2000", "GCJ02", "BD09"}, optional
        Datum of the coordinates; WGS84 and CGCS2000 are the same to the precision that matters here.
    crs : str, optional
        Coordinate system of the coordinates, as "EPSG:…", where the file does not say.
    columns : dict of str to str
        The project's word for a column to the name it has in the file.
    where : str, optional
        Condition a row must meet to be read, as in ``kind in ('a', 'b') and state = '1'``.
    kind : {"urban", "rural"}, optional
        Kind of all areas, where the file has no such column.
    overlaps : {"refuse", "first", "smaller"}
        Which area keeps land that two areas claim.
    element_class : str
        Class of the elements; empty for other roles.
    """

    role: str
    label: str
    path: str = field(repr=False)  # a database address may hold a password
    layer: str | None = None
    encoding: str | None = None
    datum: Datum | None = None
    crs: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    where: str | None = None
    kind: Literal["urban", "rural"] | None = None
    overlaps: Overlaps = "refuse"
    element_class: str = ""

    @property
    def is_database(self) -> bool:
        """Whether the source is a table of a database."""
        return self.path.startswith(_DATABASE_SCHEMES)


@dataclass(frozen=True, slots=True)
class Inputs:
    """All sources of a city.

    Parameters
    ----------
    areas, households : Source
        The two a city cannot do without.
    groups, buildings : Source or None
        Villager groups as polygons; buildings that give a ledger its positions.
    elements : tuple of Source
        One a layer of managed elements.
    """

    areas: Source
    households: Source
    groups: Source | None = None
    buildings: Source | None = None
    elements: tuple[Source, ...] = ()

    def all(self) -> list[Source]:
        """Return every source, in the order they are read.

        Returns
        -------
        list of Source
            Areas first.
        """
        optional = [source for source in (self.groups, self.buildings) if source is not None]
        return [self.areas, *optional, self.households, *self.elements]


@dataclass(frozen=True, slots=True)
class CityConfig:
    """What ``city.toml`` says, checked.

    Parameters
    ----------
    path : Path
        The file itself.
    name : str
        Name of the city.
    crs : str
        "auto", or the projected working coordinate system as "EPSG:…".
    seed : int
        Seed of everything that is drawn at random.
    inputs : Inputs
        Where the data comes from.
    barriers : dict of str to float
        Strength 0..1 by element class; 1 is crossed only if nothing else satisfies the bands.
    policies : Policies
        Bands, roles and levels by kind of area.
    min_contact : float
        Length of shared border, in metres, that makes two cells neighbours.
    code_profile : dict of str to Any
        The table ``[codes]``, as it stands.
    place_names : dict of str to str
        Names of counties and townships by code, for figures that are added up by the first digits of a code.
    sample : bool
        Whether the data is made up or a sample; every map then says so.
    field_policy : dict of str to Any
        The tables ``patrol``, ``matters`` and ``field`` of ``[policy]``, checked, as they stand; see
        :func:`geo_grid.field.policy.read_field_policy`.
    """

    path: Path
    name: str
    crs: str
    seed: int
    inputs: Inputs
    barriers: dict[str, float]
    policies: Policies
    min_contact: float = DEFAULT_MIN_CONTACT
    code_profile: dict[str, Any] = field(default_factory=dict)
    place_names: dict[str, str] = field(default_factory=dict)
    sample: bool = False
    field_policy: dict[str, Any] = field(default_factory=dict)


def load_config(path: str | Path) -> CityConfig:
    """Read and check a ``city.toml``.

    Parameters
    ----------
    path : str or Path
        The file; paths inside it are relative to its folder.

    Returns
    -------
    CityConfig
        The configuration, complete with defaults.

    Raises
    ------
    ConfigError
        The file is missing or no TOML, or a key is missing, unknown or impossible.
    """
    file = Path(path).resolve()
    root = Section(_read_toml(file), "", file)
    city = root.section("city", required=True)
    barriers = root.section("barriers")
    cells = root.section("cells")
    places = root.section("place_names")
    policy = root.section("policy")
    config = CityConfig(
        path=file,
        name=city.text("name", file.parent.name),
        crs=_working_crs(city),
        seed=city.integer("seed", 0, low=0),
        inputs=_inputs(root.section("inputs", required=True), file),
        barriers={name: barriers.number(name, 0.0, low=0.0, high=1.0) for name in barriers.keys_among(ELEMENT_CLASSES)},
        policies=_policies(policy),
        min_contact=cells.number("min_contact", DEFAULT_MIN_CONTACT, low=0.0, high=1000.0),
        code_profile=dict(root.section("codes").values),
        place_names={code: places.text(code, None) for code in places.values},
        sample=city.boolean("sample", default=False),
        field_policy=_field_policy(policy),
    )
    for section in (city, barriers, cells, places, policy, root):
        section.finish(extra=("codes",))
    return config


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError("no such file", file=file, mend="Name the city.toml of a city") from None
    except UnicodeDecodeError:
        raise ConfigError("the file is not UTF-8", file=file, mend="Save it as UTF-8, as TOML demands") from None
    except OSError as error:
        raise ConfigError(f"the file cannot be read ({error.strerror})", file=file) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"not valid TOML: {error}", file=file) from None


def _working_crs(city: Section) -> str:
    text = city.text("crs", "auto").strip()
    if text.lower() == "auto":
        return "auto"
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    mend = 'Use "auto", or a projected system in metres such as "EPSG:4546"'
    try:
        crs = CRS.from_user_input(text) if text.upper().startswith("EPSG:") else None
    except CRSError:
        crs = None
    if crs is None:
        raise city.fault("crs", f"{text!r} is not a known EPSG code", mend)
    if not crs.is_projected or any(axis.unit_conversion_factor != 1.0 for axis in crs.axis_info):
        raise city.fault("crs", f"{text} ({crs.name}) is not projected in metres", mend)
    return text.upper()


def _inputs(inputs: Section, file: Path) -> Inputs:
    labels: set[str] = set()

    def source(section: Section, role: str) -> Source:
        return _source(section, role, file.parent, labels)

    areas = source(inputs.section("areas", required=True), "areas")
    groups = inputs.section("groups")
    buildings = inputs.section("buildings")
    result = Inputs(
        areas=areas,
        groups=source(groups, "groups") if groups.present else None,
        buildings=source(buildings, "buildings") if buildings.present else None,
        households=source(inputs.section("households", required=True), "households"),
        elements=tuple(source(block, "elements") for block in inputs.blocks("elements")),
    )
    inputs.finish()
    return result


def _source(section: Section, role: str, folder: Path, labels: set[str]) -> Source:
    path = section.text("path", None)
    if not path.isprintable():
        raise section.fault("path", f"{path!r} holds a sign no path may hold")
    database = path.startswith(_DATABASE_SCHEMES)
    layer = section.optional_text("layer")
    if database and not layer:
        raise section.fault("layer", "a database needs the name of its table", 'Add layer = "schema.table"')
    columns = section.section("columns")
    mapping = {name: columns.text(name, None) for name in columns.keys_among(COLUMNS[role])}
    columns.finish()
    mapping |= {
        name: section.text(name, None) for name in ("lon", "lat") if name in COLUMNS[role] and name in section.values
    }
    element_class = section.choice("class", tuple(ELEMENT_CLASSES), None) if role == "elements" else ""
    result = Source(
        role=role,
        label=_label(path, layer, folder, element_class or role, labels),
        path=path if database else str(_file(path, folder)),
        layer=layer,
        encoding=_encoding(section),
        datum=section.choice("datum", DATUMS, "WGS84") if "datum" in section.values else None,  # type: ignore[arg-type]
        crs=section.optional_text("crs"),
        columns=mapping,
        where=section.optional_text("where"),
        kind=_kind(section) if role == "areas" else None,
        overlaps=section.choice("overlaps", OVERLAPS, "refuse") if role == "areas" else "refuse",  # type: ignore[arg-type]
        element_class=element_class,
    )
    section.finish()
    return result


def _label(path: str, layer: str | None, folder: Path, role: str, labels: set[str]) -> str:
    """Name a source shortly and uniquely; a database by its table alone, for its address may hold a password."""
    if path.startswith(_DATABASE_SCHEMES):
        label = f"postgresql:{layer}"
    else:
        file = _file(path, folder)
        short = file.relative_to(folder).as_posix() if file.is_relative_to(folder) else file.name
        label = f"{short}:{layer}" if layer else short
    unique, count = label, 1
    while unique in labels:
        count += 1
        unique = f"{label} ({role})" if count == 2 else f"{label} ({role} {count - 1})"
    labels.add(unique)
    return unique


def _file(path: str, folder: Path) -> Path:
    return (folder / Path(path).expanduser()).resolve()


def _encoding(section: Section) -> str | None:
    name = section.optional_text("encoding")
    if name is None:
        return None
    import codecs

    try:
        found = codecs.lookup(name).name
        usable = _ASCII_LIKE.decode(found) == _ASCII_LIKE.decode("ascii")
    except (LookupError, UnicodeError):
        usable = False
    if not usable:
        mend = 'Use for instance "UTF-8" or "GB18030", or leave the key out'
        raise section.fault("encoding", f"{name!r} is not an encoding tables are written in", mend)
    return found


def _kind(section: Section) -> Literal["urban", "rural"] | None:
    if "kind" not in section.values:
        return None
    return "urban" if section.choice("kind", ("urban", "rural"), None) == "urban" else "rural"


def _policies(policy: Section) -> Policies:
    return Policies(
        urban=_policy(policy.section("urban"), URBAN),
        rural=_policy(policy.section("rural"), RURAL),
    )


def _field_policy(policy: Section) -> dict[str, Any]:
    """Return what is decided about field inspection, as it is written: whoever reads it later fills in the defaults of then."""
    given = {name: policy.section(name).values for name in ("patrol", "matters", "field")}
    given = {name: values for name, values in given.items() if values}
    if given:
        from geo_grid.field.policy import read_field_policy  # it stands above what a build needs

        read_field_policy(given, policy.file)
    return given


def _policy(section: Section, default: Policy) -> Policy:
    bands = _bands(section, [level.band for level in default.levels])
    roles = section.texts("roles", [level.role for level in default.levels])
    if len(roles) != len(bands):
        raise section.fault("roles", f"{len(roles)} roles for {len(bands)} bands", "Give one role a level")
    result = Policy(
        kind=default.kind,
        levels=tuple(Level(band, role) for band, role in zip(bands, roles, strict=True)),
        keep_whole=section.choice("keep_whole", ("prefer", "always"), default.keep_whole),  # type: ignore[arg-type]
        given_groups=section.boolean("given_groups", default.given_groups),
    )
    section.finish()
    return result


def _bands(section: Section, default: list[Band]) -> list[Band]:
    if "bands" not in section.values:
        return default
    mend = "Write it as in bands = [[300, 500], [50, 100], [10, 20]]"
    value = section.take("bands")
    if not isinstance(value, list) or not 2 <= len(value) <= 3:
        raise section.fault("bands", "must list two or three bands, the coarsest level first", mend)
    bands = []
    for pair in value:
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(bound) is int for bound in pair)):
            raise section.fault("bands", f"{pair!r} is not a pair of whole numbers", mend)
        low, high = pair
        if not 1 <= low <= high <= WIDEST_BAND:
            raise section.fault("bands", f"{pair!r} does not satisfy 1 ≤ low ≤ high ≤ {WIDEST_BAND}", mend)
        bands.append(Band(low, high))
    if any(child.low > parent.high for parent, child in itertools.pairwise(bands)):
        raise section.fault("bands", "a level's band lies above the band of its parents", mend)
    return bands
