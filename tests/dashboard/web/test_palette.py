"""The figures of the palette, computed from the tokens that are served."""

from __future__ import annotations

import re
from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

import pytest

from dashboard.web.assets import STATIC

TOKENS = (STATIC / "css" / "tokens.css").read_text()
Rgb = tuple[float, float, float]
STATES = ("orange", "blue", "green")
# Machado, Oliveira, Fernandes (2009), severity 1.0, on linear light.
CVD = {
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def tokens(theme: int) -> dict[str, str]:
    """The colours of the light theme (0) or of the dark one (1)."""
    colour = "(#[0-9a-f]{6})"
    same = dict(re.findall(rf"--([\w-]+):\s*{colour};", TOKENS))
    pairs = re.findall(rf"--([\w-]+):\s*light-dark\({colour}, {colour}\);", TOKENS)
    return same | {name: both[theme] for name, *both in pairs}


LIGHT, DARK = tokens(0), tokens(1)
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


def linear(colour: str) -> Rgb:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def luminance(light: Rgb) -> float:
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    high, low = sorted((luminance(linear(one)), luminance(linear(other))), reverse=True)
    return (high + 0.05) / (low + 0.05)


def seen(light: Rgb, matrix: tuple[Rgb, Rgb, Rgb]) -> Rgb:
    red, green, blue = (
        min(1.0, max(0.0, sum(weight * part for weight, part in zip(row, light, strict=True))))
        for row in matrix
    )
    return red, green, blue


def grey(light: Rgb) -> Rgb:
    return (luminance(light),) * 3


def lab(light: Rgb) -> Rgb:
    red, green, blue = light
    xyz = (
        (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883,
    )
    x, y, z = (
        part ** (1 / 3) if part > 216 / 24389 else (841 / 108) * part + 4 / 29 for part in xyz
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def ciede2000(one: Rgb, other: Rgb) -> float:
    """Sharma, Wu, Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (hypot(a1, b1) + hypot(a2, b2)) / 2
    g = 0.5 * (1 - sqrt(mean**7 / (mean**7 + 25**7)))
    c1, c2 = hypot((1 + g) * a1, b1), hypot((1 + g) * a2, b2)
    h1 = degrees(atan2(b1, (1 + g) * a1)) % 360 if c1 else 0.0
    h2 = degrees(atan2(b2, (1 + g) * a2)) % 360 if c2 else 0.0
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dh = 2 * sqrt(c1 * c2) * sin(radians(turn / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * cos(radians(hm - 30))
        + 0.24 * cos(radians(2 * hm))
        + 0.32 * cos(radians(3 * hm + 6))
        - 0.20 * cos(radians(4 * hm - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rc = 2 * sqrt(cm**7 / (cm**7 + 25**7))
    rt = -sin(radians(60 * exp(-(((hm - 275) / 25) ** 2)))) * rc
    parts = (l2 - l1) / sl, (c2 - c1) / sc, dh / sh
    return sqrt(sum(part**2 for part in parts) + rt * parts[1] * parts[2])


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_difference_is_that_of_the_published_data(
    one: Rgb, other: Rgb, difference: float
) -> None:
    assert ciede2000(one, other) == pytest.approx(difference, abs=1e-4)


def test_the_palette_is_the_computed_one() -> None:
    assert [LIGHT[name] for name in STATES] == ["#c3802a", "#08288b", "#236c52"]
    assert [DARK[name] for name in STATES] == ["#cb710d", "#2962a2", "#53d195"]


@THEMES
@pytest.mark.parametrize("kind", CVD)
def test_colours_stay_apart_for_every_kind_of_colour_vision(
    theme: dict[str, str], kind: str
) -> None:
    labs = [lab(seen(linear(theme[name]), CVD[kind])) for name in STATES]
    assert min(ciede2000(*pair) for pair in combinations(labs, 2)) >= 15


@THEMES
def test_colours_stay_apart_in_print_without_colour(theme: dict[str, str]) -> None:
    labs = [lab(grey(linear(theme[name]))) for name in STATES]
    assert min(ciede2000(*pair) for pair in combinations(labs, 2)) >= 12


@THEMES
@pytest.mark.parametrize("name", STATES)
def test_a_colour_stands_out_from_the_page_and_carries_its_text(
    theme: dict[str, str], name: str
) -> None:
    assert contrast(theme[name], theme["page"]) >= 2.995  # 3.0 as the table rounds it
    assert contrast(theme[name], theme[f"on-{name}"]) >= 4.5


@THEMES
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("text", "page"),
        ("text", "surface"),
        ("muted", "page"),
        ("muted", "surface"),
        ("link", "page"),
        ("link", "surface"),
        ("page", "link"),
        ("page", "text"),
        ("on-mark", "mark"),
        *((f"sgr-{name}", "surface") for name in ("black", "red", "green", "yellow")),
        *((f"sgr-{name}", "surface") for name in ("blue", "magenta", "cyan", "white")),
    ],
)
def test_text_can_be_read_on_its_ground(theme: dict[str, str], text: str, ground: str) -> None:
    assert contrast(theme[text], theme[ground]) >= 4.5


@THEMES
@pytest.mark.parametrize("name", ["outline", "focus", "edge-orange"])
def test_lines_that_mean_something_can_be_seen(theme: dict[str, str], name: str) -> None:
    assert contrast(theme[name], theme["page"]) >= 3


SERIES = tuple(f"series-{number}" for number in range(6))


@THEMES
@pytest.mark.parametrize("kind", CVD)
def test_series_of_a_chart_stay_apart_for_every_kind_of_colour_vision(
    theme: dict[str, str], kind: str
) -> None:
    labs = [lab(seen(linear(theme[name]), CVD[kind])) for name in SERIES]
    assert min(ciede2000(*pair) for pair in combinations(labs, 2)) >= 15


@THEMES
@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize("ground", ["page", "surface"])
def test_a_line_of_a_chart_can_be_seen(theme: dict[str, str], name: str, ground: str) -> None:
    assert contrast(theme[name], theme[ground]) >= 3
