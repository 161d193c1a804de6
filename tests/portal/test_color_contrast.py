"""The colours can be read: measured from the stylesheet, in both themes."""

from __future__ import annotations

import math
import re

import pytest

from portal.paths import FILES
from tests.rows import each_row

STYLESHEETS = FILES / "static" / "css"
TOKENS = dict(
    re.findall(r"(--[a-z0-9-]+): ([^;]+);", (STYLESHEETS / "tokens.css").read_text("utf-8"))
)
THEMES = ("light", "dark")
SURFACES = ("--page", "--surface", "--floating", "--sunken")


def luminance(token: str, theme: str) -> float:
    """Return the relative luminance of a token: oklch to linear sRGB, weighted as WCAG does."""
    lightness, chroma, hue = oklch(TOKENS[token], theme)
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    red, green, blue = (min(1, max(0, channel)) for channel in (red, green, blue))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def oklch(value: str, theme: str) -> tuple[float, float, float]:
    """Return the three numbers of a colour, following light-dark() and var()."""
    either = re.fullmatch(r"light-dark\((.+\)), (.+\))\)", value)
    if either:
        return oklch(either[1 + THEMES.index(theme)], theme)
    reference = re.fullmatch(r"var\((.+)\)", value)
    if reference:
        return oklch(TOKENS[reference[1]], theme)
    lightness, chroma, hue = re.fullmatch(r"oklch\((\S+) (\S+) (\S+)\)", value).groups()
    return float(lightness), float(chroma), float(hue)


def contrast(ink: str, paper: str, theme: str) -> float:
    one, other = luminance(ink, theme), luminance(paper, theme)
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def test_black_on_white_would_be_twenty_one_to_one() -> None:
    TOKENS["--test-black"], TOKENS["--test-white"] = "oklch(0 0 0)", "oklch(1 0 0)"

    assert contrast("--test-black", "--test-white", "light") == pytest.approx(21, abs=0.01)


@each_row("theme", THEMES)
@each_row("paper", SURFACES)
def test_body_text_reaches_seven_to_one(paper: str, theme: str) -> None:
    assert contrast("--text", paper, theme) >= 7


@each_row("theme", THEMES)
@each_row("paper", SURFACES)
@each_row("ink", ["--quiet", "--accent", "--danger", "--warning"])
def test_any_other_text_reaches_four_and_a_half(ink: str, paper: str, theme: str) -> None:
    assert contrast(ink, paper, theme) >= 4.5


@each_row("theme", THEMES)
@each_row("tone", ["success", "warning", "danger"])
def test_a_tone_can_be_read_on_its_own_surface(tone: str, theme: str) -> None:
    assert contrast(f"--{tone}", f"--{tone}-surface", theme) >= 4.5
    assert contrast("--text", f"--{tone}-surface", theme) >= 7


@each_row("theme", THEMES)
@each_row("tone", ["accent", "accent-strong", "danger", "danger-strong"])
def test_the_words_on_a_filled_button_can_be_read(tone: str, theme: str) -> None:
    assert contrast(f"--on-{tone.removesuffix('-strong')}", f"--{tone}", theme) >= 4.5


@each_row("theme", THEMES)
@each_row("paper", SURFACES)
def test_the_edge_of_a_control_reaches_three_to_one(paper: str, theme: str) -> None:
    assert contrast("--edge", paper, theme) >= 3


@each_row("name", ["base", "portal", "signin", "patterns"])
def test_only_the_tokens_name_colours(name: str) -> None:
    rules = (STYLESHEETS / f"{name}.css").read_text("utf-8")

    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|oklab)a?\(", rules) == []


@each_row("name", ["base", "portal", "signin", "patterns"])
def test_every_token_that_is_used_exists(name: str) -> None:
    rules = (STYLESHEETS / f"{name}.css").read_text("utf-8")

    assert set(re.findall(r"var\((--[a-z0-9-]+)\)", rules)) - set(TOKENS) == set()


def test_no_color_depends_on_the_language_of_the_page() -> None:
    """Journeys measure most contrast in one language (tests/journeys/stage.py).

    The simulator is always in both.
    """
    rules = "".join(
        each.read_text("utf-8")
        for folder in ("static", "examples")
        for each in (FILES / folder).rglob("*.css")
    )
    for_languages = re.findall(r"[^{}]*(?::lang\(|\[lang)[^{}]*\{([^{}]*)\}", rules)

    assert for_languages
    assert not re.search("color|background|opacity|filter", "".join(for_languages))
