"""What may be asked of the desk, as bodies of requests."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from webmap.description import Asked

Code = Annotated[str, Field(min_length=1, max_length=64)]
Codes = Annotated[list[Code], Field(min_length=1, max_length=5_000)]
Id = Annotated[str, Field(min_length=1, max_length=128)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1)]
Degrees = Annotated[float, Field(ge=-180, le=180)]
Place = Annotated[list[Degrees], Field(min_length=2, max_length=2, description="Longitude and latitude")]
Ring = list[Place]
Why = Annotated[str | None, Field(max_length=2_000, description="Why; stays in the record")]


class Polygon(Asked):
    """A GeoJSON polygon."""

    type: Literal["Polygon"]
    coordinates: list[Ring] = Field(min_length=1, max_length=100)


class Reasoned(Asked):
    """A change, with a reason."""

    why: Why = None


class Move(Reasoned):
    """Give units to another grid: those named, or those whose middle lies in a polygon."""

    op: Literal["move"]
    units: list[Id] | None = Field(None, min_length=1)
    within: Polygon | None = None
    to: Code | None = Field(None, description="null: a new grid")
    level: int = Field(ge=1, le=3)


class SplitLine(Reasoned):
    """Cut a grid along a line."""

    op: Literal["split_line"]
    grid: Code
    line: list[Place] = Field(min_length=2)


class Split(Reasoned):
    """Let the solver divide a grid."""

    op: Literal["split"]
    grid: Code
    parts: int | None = Field(None, ge=2, le=1_000)


class Merge(Reasoned):
    """Make one grid of several."""

    op: Literal["merge"]
    grids: Codes
    into: Code | None = None


class Lock(Reasoned):
    """Keep grids as they are, or let them change again."""

    op: Literal["lock"]
    grids: Codes
    locked: bool


class Rename(Reasoned):
    """Name a grid."""

    op: Literal["rename"]
    grid: Code
    name: str = Field(max_length=80)


class Excuse(Reasoned):
    """Write down why a grid is out of its band."""

    op: Literal["excuse"]
    grid: Code
    reason: str | None = Field(None, max_length=2_000, description="null takes it back")


class Cut(Reasoned):
    """Make the lower and the upper part of a building things of their own."""

    op: Literal["cut"]
    unit: Id
    after: int | None = Field(None, ge=1, le=1_000_000, description="Households below the cut")
    floor: int | None = Field(None, ge=-20, le=1_000, description="Last floor below the cut")


class Resolve(Reasoned):
    """Draw grids anew around what is locked."""

    op: Literal["resolve"]
    grids: Codes | None = Field(None, description="null: the whole area")
    seed: Seed = 0


class Mend(Reasoned):
    """Suggest a repair: all in band with the fewest households moved."""

    op: Literal["mend"]
    grids: Codes | None = Field(None, description="null: the whole area")
    seed: Seed = 0


AnyOp = Annotated[
    Move | SplitLine | Split | Merge | Lock | Rename | Excuse | Cut | Resolve | Mend, Field(discriminator="op")
]


class Change(RootModel[AnyOp]):
    """A change of an area."""


class Branch(Asked):
    """A change to be kept beside the draft."""

    base: int = Field(ge=0, le=2**31 - 1, description="The revision it is based on")
    op: AnyOp
    name: str = Field(min_length=1, max_length=80)


#: Changes worked out in a process of their own, with a time limit: geometry of the request, or the solver.
SLOW = (SplitLine, Split, Resolve, Mend)
