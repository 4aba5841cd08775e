from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.web import ansi
from dashboard.web.ansi import PLAIN, Pen

ESC = "\x1b"


@pytest.mark.parametrize(
    ("line", "markup"),
    [
        ("plain", "plain"),
        ("", ""),
        (f"{ESC}[31mred{ESC}[0m plain", '<span class="sgr-red">red</span> plain'),
        (
            f"{ESC}[1;32mbold{ESC}[22m not",
            '<span class="sgr-bold sgr-green">bold</span><span class="sgr-green"> not</span>',
        ),
        (f"{ESC}[91mbright", '<span class="sgr-bright-red">bright</span>'),
        (f"{ESC}[44mon blue", '<span class="sgr-on-blue">on blue</span>'),
        (f"{ESC}[3;4;7mall", '<span class="sgr-italic sgr-underline sgr-inverse">all</span>'),
        (f"{ESC}[mreset", "reset"),
        ("<b>&\"'", "&lt;b&gt;&amp;&#34;&#39;"),
        (f"{ESC}[31m<script>", '<span class="sgr-red">&lt;script&gt;</span>'),
    ],
)
def test_sgr_becomes_classes_and_text_is_escaped(line: str, markup: str) -> None:
    assert ansi.rendered(line)[0] == markup


@pytest.mark.parametrize(
    "sequence",
    [
        f"{ESC}[2J",
        f"{ESC}[10;10H",
        f"{ESC}[?1049h",
        f"{ESC}[6n",
        f"{ESC}]0;title\x07",
        f"{ESC}]8;;javascript:alert(1)\x07",
        f"{ESC}]8;;http://evil\x1b\\",
        f"{ESC}]52;c;ZXZpbA==\x07",
        f"{ESC}P1$r0m{ESC}\\",
        f"{ESC}_apc{ESC}\\",
        f"{ESC}^pm{ESC}\\",
        f"{ESC}Xsos{ESC}\\",
        f"{ESC}c",
        f"{ESC}(B",
        f"{ESC}7",
        f"{ESC}[31",
        f"{ESC}[>4;1m",
        f"{ESC}]unterminated",
        f"{ESC}",
        "\x9b",
        "\x85",
    ],
)
def test_every_other_sequence_disappears(sequence: str) -> None:
    rendered, pen = ansi.rendered(f"before {sequence}")
    assert rendered in {"before ", "before 31"}
    assert pen == PLAIN


@pytest.mark.parametrize("hidden", ["\x08", "\x07", "\x00", "\u202e", "\u2066", "\u200b", "\ufeff"])
def test_what_would_deceive_a_reader_is_made_visible(hidden: str) -> None:
    rendered, _ = ansi.rendered(f"a{hidden}b")
    assert hidden not in rendered
    assert len(rendered) > 2


def test_an_overwritten_line_shows_its_last_writing_and_says_so() -> None:
    assert ansi.rendered("FAILED\rPASSED\r")[0] == "\u240dPASSED"
    assert ansi.rendered("dos line\r")[0] == "dos line"


def test_the_pen_is_carried_to_the_next_line() -> None:
    _, pen = ansi.rendered(f"{ESC}[31mred")
    rendered, after = ansi.rendered(f"still red{ESC}[39m", pen)
    assert rendered == '<span class="sgr-red">still red</span>'
    assert after == PLAIN


@pytest.mark.parametrize(
    ("parameters", "colour"),
    [
        ("38;5;1", "red"),
        ("38;5;9", "bright-red"),
        ("38;5;196", "bright-red"),
        ("38;5;232", "black"),
        ("38;5;255", "bright-white"),
        ("38;2;0;200;0", "bright-green"),
        ("38:2:0:0:120", "blue"),
        ("38;2;10;10;10", "black"),
        ("38;5", ""),
        ("38", ""),
        ("38;9;1", ""),
    ],
)
def test_extended_colours_take_the_nearest_of_our_names(parameters: str, colour: str) -> None:
    assert ansi.after(PLAIN, parameters).colour == colour


def test_an_extended_background_leaves_the_rest_of_the_sequence_alone() -> None:
    assert ansi.after(PLAIN, "48;5;4;1") == Pen(bold=True, ground="blue")


def test_unknown_parameters_change_nothing() -> None:
    assert ansi.after(PLAIN, "58;99;123456789;5") == PLAIN


def test_the_text_alone_is_what_a_search_sees() -> None:
    assert ansi.plain(f"{ESC}[31mred{ESC}[0m \x07") == "red \u2407"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        assert all(re.fullmatch(r"(sgr-[a-z-]+ ?)+", value or "") for _, value in attrs)


@given(
    st.lists(
        st.one_of(
            st.text(max_size=20),
            st.sampled_from([f"{ESC}[31m", f"{ESC}[0m", f"{ESC}]8;;x\x07", "<script>", '"', "'>"]),
            st.builds(lambda text: f"{ESC}[{text}m", st.text(alphabet="0123456789;:", max_size=30)),
        )
    ).map("".join)
)
def test_no_line_makes_anything_but_our_spans(line: str) -> None:
    rendered, _ = ansi.rendered(line.replace("\n", ""))
    parser = _Tags()
    parser.feed(rendered)
    assert set(parser.tags) <= {"span"}
    assert set(parser.attributes) <= {"class"}
    assert not [one for one in rendered if unicodedata.category(one) == "Cc" and one not in "\n\t"]
