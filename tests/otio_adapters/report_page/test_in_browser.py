"""The report page in a real browser: by keyboard, in both languages, light and dark, with a thousand lines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from framevox.engine_daemon.client.marking import Marking
from framevox.otio_adapters.report_page.writing import report_page

from .filled import filled

sync_api = pytest.importorskip("playwright.sync_api", reason="needs the extra browser")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        # Chromium refuses its sandbox to root, as whom containers run.
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        )
        yield running
        running.close()


class Opened:
    """A page that says what went wrong in it."""

    def __init__(self, browser: Any, path: Path, locale: str = "en-US", scheme: str = "light") -> None:
        self.context = browser.new_context(locale=locale, color_scheme=scheme, viewport={"width": 1300, "height": 800})
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda message: self.wrong.append(message.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda request: self._only(request.url))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("html[data-ready]")

    def _only(self, url: str) -> None:
        if not url.startswith(("file:", "blob:")):
            self.wrong.append(f"asked for {url}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def chosen(self) -> str:
        return str(self.page.locator("#cues li.chosen").get_attribute("data-index"))

    def shown(self) -> int:
        return int(self.page.locator("#cues li:visible").count())

    def until(self, expression: str) -> None:
        """Waits until it is so. The page's own policy lets nothing in it be evaluated, so it is asked from outside."""
        for _ in range(200):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {expression}")

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *failed: object) -> None:
        self.context.close()
        assert failed[0] is not None or not self.wrong, self.wrong


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("small"), 8)


def written(folder: Path, number: int) -> Path:
    path = folder / "report.html"
    path.write_bytes(b"".join(report_page(*filled(folder, number), "film.otio", Marking())))
    return path


def test_the_keyboard_does_everything(browser: Any, small: Path) -> None:
    with Opened(browser, small) as opened:
        opened.press("j", "ArrowDown", "ArrowDown", "k")
        assert opened.chosen() == "1"
        opened.press("End")
        assert opened.chosen() == "7"
        opened.press("Home", "a")
        assert opened.shown() == 1 and opened.page.locator("#cues li.attention:visible").count() == 1
        opened.press("a", "/")
        opened.page.keyboard.type("文件")
        assert opened.shown() == 3
        opened.press("Enter")
        assert opened.chosen() == "1"
        opened.press("?")
        assert opened.page.locator("#help").is_visible()
        opened.press("Escape")
        assert not opened.page.locator("#help").is_visible()


def test_a_line_is_played_and_stopped(browser: Any, small: Path) -> None:
    with Opened(browser, small) as opened:
        opened.press("j", " ")
        opened.until("playing && playing.player.currentTime > 0.05")
        assert opened.page.evaluate("Math.abs(playing.player.duration - 2) < 0.1")
        opened.press(" ")
        assert opened.page.evaluate("playing === null")
        # A line without sound cannot be played.
        assert opened.page.locator("#cues li.attention .play").is_disabled()


def test_text_is_text(browser: Any, small: Path) -> None:
    with Opened(browser, small) as opened:
        assert '<b>Not</b> & "quoted"</script>' in opened.page.locator("#cues li").nth(2).inner_text()
        assert opened.page.locator("#cues b:text('Not')").count() == 0


def test_waveforms_and_timeline_are_drawn(browser: Any, small: Path) -> None:
    coloured = """(canvas) => { const pen = canvas.getContext('2d');
        const seen = new Set(); const all = pen.getImageData(0, 0, canvas.width, canvas.height).data;
        for (let i = 0; i < all.length; i += 4) seen.add([all[i], all[i + 1], all[i + 2]].join());
        return seen.size; }"""
    with Opened(browser, small) as opened:
        opened.until("document.querySelector('.wave').width > 300")
        assert opened.page.locator(".wave").first.evaluate(coloured) > 3
        assert opened.page.locator("#timeline canvas").evaluate(coloured) > 3


def test_a_click_on_the_timeline_chooses_the_line(browser: Any, small: Path) -> None:
    with Opened(browser, small) as opened:
        box = opened.page.locator("#timeline canvas").bounding_box()
        # The sixth of eight lines is 小明's: the second lane.
        opened.page.mouse.click(box["x"] + 110 + (box["width"] - 110) * 5.5 / 8, box["y"] + 22 + 34 * 1.5)
        assert opened.chosen() == "5"


@pytest.mark.parametrize(("locale", "says"), [("en-US", "8 lines: 7 placed"), ("zh-CN", "8 行：已放置 7")])
def test_it_speaks_the_readers_language_and_the_other(browser: Any, small: Path, locale: str, says: str) -> None:
    with Opened(browser, small, locale) as opened:
        facts = opened.page.locator("#facts")
        assert says in facts.inner_text()
        opened.press("l")
        assert says not in facts.inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark_can_both_be_read(browser: Any, small: Path, scheme: str) -> None:
    contrast = """(selector) => { const parts = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
        const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
        const bright = (colour) => colour.map(linear)
          .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const element = document.querySelector(selector);
        const ink = bright(parts(getComputedStyle(element).color));
        const sheet = bright(parts(getComputedStyle(element.closest('li')).backgroundColor));
        return (Math.max(ink, sheet) + 0.05) / (Math.min(ink, sheet) + 0.05); }"""
    with Opened(browser, small, scheme=scheme) as opened:
        for _ in range(2):
            for selector in (".text", ".soft", ".placed .status", ".attention .message"):
                assert opened.page.evaluate(contrast, selector) >= 4.5, selector
            opened.press("d")


def test_both_languages_have_every_word(browser: Any, small: Path) -> None:
    with Opened(browser, small) as opened:
        english, chinese = opened.page.evaluate("[WORDS.en, WORDS.zh].map((words) => Object.keys(words))")
        assert english == chinese and "faster" in english


def test_of_a_thousand_lines_only_those_in_sight_are_drawn(browser: Any, tmp_path: Path) -> None:
    """``python -m benchmarks.report_page`` says how long it takes."""
    with Opened(browser, written(tmp_path, 1000)) as opened:
        drawn = "[...document.querySelectorAll('.wave')].filter((wave) => wave.width !== 300).length"
        opened.until(f"{drawn} > 3")
        assert opened.page.evaluate(drawn) < 40
        opened.press("End")
        assert opened.chosen() == "999"
        opened.until("document.querySelectorAll('.wave')[999 - 999 % 7].width !== 300")
        assert opened.page.evaluate(drawn) < 80
