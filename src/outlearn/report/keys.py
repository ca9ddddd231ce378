"""The key to the page's figures: what each colour, marker and line stands for, in the order it is drawn."""

from dataclasses import dataclass

from outlearn.analysis import CHEATING
from outlearn.report.scene import Scene

MARKERS = {
    "circle": "M5,0A5,5 0 1 1 -5,0A5,5 0 1 1 5,0Z",
    "triangle-up": "M-5.2,4.5H5.2L0,-5Z",
    "triangle-down": "M-5.2,-4.5H5.2L0,5Z",
    "square": "M-4.5,-4.5H4.5V4.5H-4.5Z",
    "diamond": "M0,-6L5,0L0,6L-5,0Z",
    "cross": "M-5,-1.7H-1.7V-5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5Z",
}
INK = "currentColor"
SOFT = "var(--soft)"


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of a key."""

    text: str
    colour: str
    line: str = ""
    """Dash pattern of its line; empty for none."""

    marker: str = ""
    """SVG path of its marker, about 10 units wide; empty for none."""

    hollow: bool = False
    """Whether its marker is only outlined, as for what is cheating."""

    band: str = ""
    """Which end of the gap's band it is: "weak", "ceiling" or empty."""


def keys(scene: Scene) -> tuple[Key, ...]:
    """Return the entries of a run's key."""
    if scene.layout == "rows":
        methods = [
            Key(name, scene.colour(name), marker=MARKERS[scene.shape(name)], hollow=CHEATING in name)
            for name in scene.methods
        ]
        return (*methods, Key("weak: the teacher", INK, band="weak"), Key("ceiling", INK, band="ceiling"))
    teachers = [Key(f"teacher {name}", scene.colour(name), line="24 0") for name in scene.teachers]
    methods = [
        Key(
            name,
            SOFT,
            line=" ".join(map(str, scene.dash(name))),
            marker=MARKERS[scene.shape(name)],
            hollow=CHEATING in name,
        )
        for name in scene.methods
    ]
    ceiling = Key("ceiling: student trained on gold", INK, line="24 0", marker=MARKERS["circle"])
    return (*teachers, *methods, Key("weak: the teacher's own accuracy", INK, line="3 3"), ceiling)
