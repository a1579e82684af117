"""From words to the model's phones, in each language."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pypinyin import pinyin_dict
from pypinyin.contrib.tone_convert import to_tone3

from framevox.engine_daemon.engines.kokoro.phonemes import kind_of, phones, vocabulary
from framevox.engine_daemon.engines.kokoro.phones_ja import kana
from framevox.engine_daemon.engines.kokoro.phones_ko import hangul
from framevox.engine_daemon.engines.kokoro.phones_zh import syllable
from framevox.engine_daemon.text import read_line


def spoken(text: str, language: str = "auto") -> str:
    return "".join(phone.symbol for phone in phones(read_line(text, language)))


@pytest.mark.parametrize(
    ("pinyin", "expected"),
    [
        ("ma1", "ma→"), ("zhao3", "ꭧau↓"), ("xue2", "ɕɥe↗"), ("lv4", "ly↘"), ("nü3", "ny↓"), ("ju2", "ʨy↗"), ("yuan2",
        "ɥɛ↗n"),
        ("shi4", "ʂɨ↘"), ("zi5", "ʦɨ"), ("qing3", "ʨʰi↓ŋ"), ("er2", "ɚ↗"), ("wo3", "wo↓"), ("you3", "jou↓"), ("jiu3",
        "ʨjou↓"),
        ("gui4", "kwei↘"), ("lun2", "lwə↗n"), ("xiong2", "ɕjʊ↗ŋ"), ("yong4", "jʊ↘ŋ"), ("weng1", "wə→ŋ"), ("bo1",
        "pwo→"),
        ("en4", "ə↘n"), ("a5", "a"), ("ri4", "ɻɨ↘"), ("cui1", "ʦʰwei→"), ("nve4", "nɥe↘"), ("o4", "ɔ↘"),
    ],
)  # fmt: skip
def test_pinyin_becomes_phones(pinyin: str, expected: str) -> None:
    assert syllable(pinyin) == expected


def test_every_syllable_of_chinese_has_phones_of_the_vocabulary() -> None:
    every = {
        to_tone3(one, neutral_tone_with_five=True)
        for readings in pinyin_dict.pinyin_dict.values()
        for one in readings.split(",")
    }
    assert len(every) > 1200
    for one in every:
        assert set(syllable(one)) <= set(vocabulary()), one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello there", "həlˈO ðɛɹ"),
        ("I read it yesterday.", "ˌI ɹˈɛd ɪt jˈɛstəɹdˌA."),
        ("I like to read.", "ˌI lˈIk tə ɹˈid."),
        ("I've read it.", "ˌIv ɹˈɛd ɪt."),
        ("We live here.", "wi lˈɪv hˈɪɹ."),
        ("a live show", "ɐ lˈIv ʃˈO"),
        ("Close the door.", "klˈOz ðə dˈɔɹ."),
        ("Stay close.", "stˈA klˈOs."),
        ("Put it on the record.", "pˌʊt ɪt ˌɔn ðə ɹˈɛkəɹd."),
        ("I'll record it.", "ˌIl ɹəkˈɔɹd ɪt."),
        ("What's the use?", "wˌʌts ðə jˈus?"),
        ("Use it.", "jˈuz ɪt."),
        ("I used to.", "ˌI jˈust tu."),
        ("Don't tear it.", "dˈOnt tˈɛɹ ɪt."),
        ("a tear", "ɐ tˈɪɹ"),
        ("the wind", "ðə wˈɪnd"),
        ("Wind it up", "wˈInd ɪt ˌʌp"),
        ("the apple", "ði ˈæpᵊl"),
        ("FBI", "ˈɛf bˈi ˈI"),
        ("NASA", "nˈæsə"),
        ("AI", "ˈA ˈI"),
        ("It's perfect.", "ɪts pˈɜɹfəkt."),
        ("I close at nine.", "ˌI klˈOz æt nˈIn."),
        ("walkin'", "wˈɔkɪn"),
        ("café", "kæfˈA"),
        ("the boss's", "ðə bˈɔsᵻz"),
        ("Nooo!", "nˈO!"),
        ("cooool", "kˈul"),
        ("hmmmm", "hˈm"),
        ("꽃잎", "konnip"),
        ("읽고", "ilko"),
        ("읽다", "ikta"),
        ("밟다", "papta"),
    ],
)
def test_english_words_sound_as_their_sentence_wants(text: str, expected: str) -> None:
    assert spoken(text) == expected


def test_an_english_word_no_lexicon_has_is_spoken_all_the_same() -> None:
    assert spoken("Zyqqurath").startswith("zˈɪ")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("コーヒー", "koːçiː"), ("マッテ", "maʔte"), ("サンポ", "sampo"), ("キャク", "kʲakɯ"), ("ジュー", "ʥɨː"),
    ("ティー", "tʲiː"),
     ("デンキ", "deŋkʲi"), ("ファン", "ɸaɴ"), ("ニホンゴ", "ɲihoŋɡo")],
)  # fmt: skip
def test_kana_becomes_phones(word: str, expected: str) -> None:
    assert kana(word) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("한국어", "hanɡuɡʌ"), ("있어요", "isʌjo"), ("합니다", "hamnida"), ("독립", "toŋnip"), ("신라", "ɕilla"),
    ("좋다", "ʨotʰa"),
     ("없어", "ʌpsʌ"), ("같이", "kaʨʰi"), ("시간", "ɕiɡan")],
)  # fmt: skip
def test_hangul_becomes_phones_with_the_sound_changes(word: str, expected: str) -> None:
    assert hangul(word) == expected


def test_a_mixed_line_is_spoken_in_one_breath() -> None:
    assert spoken("这个 feature 下周 release。") == "ꭧɤ↘kɤ fˈiʧəɹ ɕja↘ꭧou→ ɹəlˈis."


def test_marks_stand_between_words_and_pauses_belong_to_no_word() -> None:
    said = phones(read_line("你好，Jack！走…"))
    assert [phone.symbol for phone in said if phone.kind == "pause"] == [",", " ", "!", " ", ","]
    assert [phone.marks for phone in said if phone.marks] == [(",",), ("!",), ("…",)]
    assert all((phone.word is None) == (phone.kind == "pause") for phone in said)


def test_marks_that_follow_each_other_are_one_pause() -> None:
    said = phones(read_line("He said “no!!!” and left… I think?!"))
    assert [(phone.symbol, phone.marks) for phone in said if phone.marks] == [
        ("“", ("“",)), ("!", ("!!!", "”")), ("…", ("…",)), ("?", ("?!",)),
    ]  # fmt: skip
    assert "".join(phone.symbol for phone in said if phone.quoted) == "nˈO"


def test_quotation_marks_part_no_words_that_belong_together() -> None:
    assert spoken("the “apple”") == "ði “ˈæpᵊl”"
    assert spoken("She read the “record”.").replace("“", "").replace("”", "") == spoken("She read the record.")


def test_stress_says_what_may_stretch_first() -> None:
    zh = [(phone.symbol, phone.stress) for phone in phones(read_line("我们走吧，好的")) if phone.kind == "vowel"]
    assert zh == [("o", 1), ("ə", 0), ("o", 2), ("u", 2), ("a", 0), ("a", 2), ("u", 2), ("ɤ", 0)]
    en = [(phone.symbol, phone.stress) for phone in phones(read_line("banana")) if phone.kind == "vowel"]
    assert en == [("ə", 0), ("æ", 2), ("ə", 0)]
    ja = [(phone.symbol, phone.stress) for phone in phones(read_line("コーラ")) if phone.kind == "vowel"]
    assert ja == [("o", 1), ("a", 0)]


def test_every_symbol_of_the_vocabulary_has_a_kind() -> None:
    assert {kind_of(symbol) for symbol in vocabulary()} == {"vowel", "consonant", "mark", "pause"}
    assert kind_of("ˈ") == kind_of("↗") == kind_of("ː") == "mark"
    assert kind_of("k") == "consonant"
    assert kind_of("Q") == "vowel"


def test_threads_may_ask_for_phones_at_once() -> None:
    lines = [read_line(text) for text in ("你好2:30", "Hello Zyqqurath Blorptang", "こんにちは3個", "안녕") * 20]
    alone = [phones(line) for line in lines]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(phones, lines)) == alone


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("你把 password 发给我。", {"password"}),
        ("See you on the other side, 林夏.", {"林", "夏"}),
        ("Just relax.", set()),
        ("这个 feature 下周 release。", {"feature", "release"}),
    ],
)
def test_words_of_another_language_than_the_lines_are_marked(text: str, foreign: set[str]) -> None:
    line = read_line(text)
    marked = {phone.word for phone in phones(line) if phone.foreign}
    assert {line.words[word].text for word in marked if word is not None} == foreign
