"""Who speaks: what counts as a name in front of a line, and what must not be cut off."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.captions import is_default_marker_name, is_file_name, read_caption


def split(written: str) -> tuple[str, str]:
    caption = read_caption(written)
    return caption.character, caption.text


@pytest.mark.parametrize(
    ("written", "character", "line"),
    [
        ("ALICE: Hello.", "ALICE", "Hello."),
        ("Alice: Hello.", "Alice", "Hello."),
        ("ALICE:Hello.", "ALICE", "Hello."),
        ("  Alice :  Hello. ", "Alice", "Hello."),
        ("Alice：Hello.", "Alice", "Hello."),
        ("小林：你好。", "小林", "你好。"),
        ("小林:你好。", "小林", "你好。"),
        ("小林: 10:30 见。", "小林", "10:30 见。"),
        ("欧阳娜娜：走吧。", "欧阳娜娜", "走吧。"),
        ("路人甲：快看！", "路人甲", "快看！"),
        ("让·瓦尔让：我就是。", "让·瓦尔让", "我就是。"),
        ("さくら：行こう。", "さくら", "行こう。"),
        ("田中さん：はい。", "田中さん", "はい。"),
        ("マリア：こんにちは。", "マリア", "こんにちは。"),
        ("민수: 안녕하세요.", "민수", "안녕하세요."),
        ("Dr. Chen: Sit down.", "Dr. Chen", "Sit down."),
        ("GUARD 2: Halt!", "GUARD 2", "Halt!"),
        ("WOMAN #2: Wait!", "WOMAN #2", "Wait!"),
        ("Woman #2: Wait!", "Woman #2", "Wait!"),
        ("MAN IN BLACK COAT: Run.", "MAN IN BLACK COAT", "Run."),
        ("JACK & JILL: Up the hill!", "JACK & JILL", "Up the hill!"),
        ("JACK AND JILL: Up the hill!", "JACK AND JILL", "Up the hill!"),
        ("SPEAKER_01: One, two.", "SPEAKER_01", "One, two."),
        ("O'Brien: No.", "O'Brien", "No."),
        ("Jean-Luc: Engage.", "Jean-Luc", "Engage."),
        ("ALICE (V.O.): Long ago…", "ALICE", "Long ago…"),
        ("小林（画外）：很久以前", "小林", "很久以前"),
        ("Émile: Bonjour: ça va?", "Émile", "Bonjour: ça va?"),
        ("ALICE:", "ALICE", ""),
        ("alice: Hello.", "alice", "Hello."),
        ("alice：Hello.", "alice", "Hello."),
        ("alice:你好。", "alice", "你好。"),
        ("alice (v.o.): Long ago…", "alice", "Long ago…"),
        ("guard 2: Halt!", "guard 2", "Halt!"),
        ("speaker_01: One, two.", "speaker_01", "One, two."),
        ("jean-luc: Engage.", "jean-luc", "Engage."),
        ("Jack/Jill: Up the hill!", "Jack/Jill", "Up the hill!"),
        ("jack/jill: Up the hill!", "jack/jill", "Up the hill!"),
        ("Jack / Old Tom: Up the hill!", "Jack / Old Tom", "Up the hill!"),
        ("JACK + JILL: Up the hill!", "JACK + JILL", "Up the hill!"),
        ("小明/小红：走！", "小明/小红", "走！"),
        ("林夏、DAN：走！", "林夏、DAN", "走！"),
        ("A: Who is it?", "A", "Who is it?"),
        ("[SPEAKER_01]: We are late.", "SPEAKER_01", "We are late."),
        ("[SPEAKER_01] We are late.", "SPEAKER_01", "We are late."),
        ("[speaker 2]: We are late.", "speaker 2", "We are late."),
        ("LEO [OVER PHONE]:They're here.", "LEO", "They're here."),
        ("Leo [over phone]:They're here.", "Leo", "They're here."),
        ("NARRATOR (V.O.) (CONT'D): Then she left.", "NARRATOR", "Then she left."),
        ("<v Mary Ann>Hi", "Mary Ann", "Hi"),
        ("<v.loud Mary>Hi</v>", "Mary", "Hi"),
        ("<v Tom &amp; Ann>Hi", "Tom & Ann", "Hi"),
        ("[Mary Ann] Hi", "Mary Ann", "Hi"),
        ("(Mary): Hi", "Mary", "Hi"),
        ("【小明】你好", "小明", "你好"),
        ("（小明）：你好", "小明", "你好"),
        ("（花子）＜今から行く＞", "花子", "今から行く"),
        ("花子「今から行く」", "花子", "今から行く"),
        ("(민수) 안녕", "민수", "안녕"),
        ("- Mary: Hi", "Mary", "Hi"),
        (">> Mary: Hi", "Mary", "Hi"),
        ("SECOND GUARD: Halt!", "SECOND GUARD", "Halt!"),
        ("Waiter: Your table.", "Waiter", "Your table."),
        ("xiaoming: hi", "xiaoming", "hi"),
        ("PHONE: Please hold.", "PHONE", "Please hold."),
    ],
)
def test_a_name_in_front_is_the_character_and_is_not_spoken(written: str, character: str, line: str) -> None:
    assert split(written) == (character, line)


@pytest.mark.parametrize(
    "written",
    [
        "Warning: stop.",
        "WARNING: stop.",
        "Note: the door is open.",
        "At 10:30 we leave.",
        "10:30 is too late.",
        "Meet me at 10:30: sharp.",
        "https://example.org is down.",
        "Http://example.org",
        "C:\\takes are gone.",
        "Re:Zero is on.",
        "I told you: never again.",
        "There is one rule: run.",
        "One thing: run.",
        "Men In Black Coats: run.",
        "AND THEN: silence.",
        "WHAT HE TOLD US ALL AT ONCE: run.",
        "INT. HOUSE - DAY: rain.",
        "Remember: no names.",
        "the answer: no.",
        "note: bring water.",
        "problem: he knows.",
        "and/or: both.",
        "he/she: it does not matter.",
        "24/7: always.",
        "one thing: run.",
        "old tom: run.",
        "alice:hello",
        "http: that is how it begins.",
        "he said: run.",
        "said: nothing.",
        "i: me.",
        "step 2: run.",
        "他说：走吧。",
        "12:30",
        "12：30",
        "Jack/: run.",
        "注意：前方危险。",
        "我只说一句：快走。",
        "他说：“别动。”",
        "记住：别回头。",
        "条件只有一个：你一个人来。",
        "现在是 10：30。",
        "比分 3:2。",
        "Hello there",
        ": nothing in front",
        "pizza: yum",
        "Remember: never again",
        "Note to self: run",
        "NOTE TO SELF: RUN",
        "coffee 2: the revenge",
        "mark: my words",
        "Problem: he knows.",
        "First rule: run.",
        "FIRST RULE: RUN",
        "价格：一百",
        "彼は「はい」",
        "彼は「はい」と言った",
        "他说「好」",
        "",
    ],
)
def test_what_is_no_name_stays_in_the_line(written: str) -> None:
    assert split(written) == ("", written)


@pytest.mark.parametrize("name", ["A001_C002.wav", "take 3.MOV", "音乐.mp3"])
def test_names_of_files_are_no_lines(name: str) -> None:
    assert is_file_name(name)


@pytest.mark.parametrize("name", ["I saw the file.", "Open it with wav.", "3.5", ".wav", ""])
def test_lines_are_no_names_of_files(name: str) -> None:
    assert not is_file_name(name)


@pytest.mark.parametrize("name", ["Marker 3", "marker", "标记 1", "マーカー2"])
def test_names_that_a_program_gave_a_marker_are_no_lines(name: str) -> None:
    assert is_default_marker_name(name)
    assert not is_default_marker_name(f"{name} is where he speaks")
