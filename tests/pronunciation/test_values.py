"""What a user may write for a reading, and what is said of what they may not."""

from __future__ import annotations

import pytest
from pypinyin import pinyin_dict
from pypinyin.contrib.tone_convert import to_normal

from framevox.engine_daemon.pronunciation.pinyin import marked, syllables
from framevox.engine_daemon.pronunciation.values import read_value
from framevox.engine_daemon.protocol.errors import InputError


def test_every_syllable_of_the_dictionaries_is_known() -> None:
    listed = {said for readings in pinyin_dict.pinyin_dict.values() for said in readings.split(",")}
    assert {to_normal(said, v_to_u=True) for said in listed} <= syllables()


@pytest.mark.parametrize(
    ("text", "written", "said"),
    [
        ("银行", "yin2 hang2", "yin2 hang2"),
        ("银行", "yin2hang2", "yin2 hang2"),
        ("银行", "Yínháng", "yin2 hang2"),
        ("行", "xíng", "xing2"),
        ("西安", "xī'ān", "xi1 an1"),
        ("西安", "xīān", "xi1 an1"),
        ("先", "xiān", "xian1"),
        ("方案", "fāngàn", "fang1 an4"),
        ("女", "nv3", "nü3"),
        ("女", "nu:3", "nü3"),
        ("女", "nǚ", "nü3"),
        ("妈妈", "māma", "ma1 ma5"),
        ("妈妈", "ma1 ma0", "ma1 ma5"),
        ("花儿", "huar1", "hua1 er5"),
        ("花儿", "huār", "hua1 er5"),
        ("阿·甘", "a1 gan1", "a1 gan1"),
        ("𪚥", "zhe2", "zhe2"),
    ],
)
def test_pinyin(text: str, written: str, said: str) -> None:
    found = read_value(text, written)
    assert (found.kind, found.parts, found.language) == ("pinyin", tuple(said.split()), "zh")


@pytest.mark.parametrize(
    ("text", "written", "kind", "said", "language"),
    [
        ("Nguyen", "wɪn", "phones", "wɪn", ""),
        ("Nguyen", "/win/", "phones", "win", ""),
        ("Nguyen", "W IH N", "phones", "wˈɪn", "en"),
        ("Nguyen", "W IH1 N", "phones", "wˈɪn", "en"),
        ("about", "AH0 B AW1 T", "phones", "əbˈaʊt", "en"),
        ("Ho Chi Minh", "hoʊ tʃiː mɪn", "phones", "hoʊ|tʃiː|mɪn", ""),
        ("Laurent", "lɔʁɑ̃", "phones", "lɔʁɑ̃", ""),
        ("Nguyen", "win", "respelling", "win", ""),
        ("FBI", "F B I", "respelling", "F B I", ""),
        ("TV", "T V", "respelling", "T V", ""),
        ("Nguyen", "グエン", "kana", "グエン", "ja"),
        ("辛い", "からい", "kana", "カライ", "ja"),
        ("東京", "とうきょう", "kana", "トーキョー", "ja"),
        ("先生", "せんせい", "kana", "センセー", "ja"),
        ("思う", "おもう", "kana", "オモウ", "ja"),
        ("東京", "トウキョウ", "kana", "トウキョウ", "ja"),
        ("ガ", "ｶﾞ", "kana", "ガ", "ja"),
        ("값이", "갑씨", "respelling", "갑씨", "ko"),
        ("彧", "玉", "respelling", "玉", ""),
        ("微信", '"WeChat"', "respelling", "WeChat", ""),
    ],
)
def test_phones_kana_and_respellings(text: str, written: str, kind: str, said: str, language: str) -> None:
    found = read_value(text, written)
    assert (found.kind, "|".join(found.parts), found.language) == (kind, said, language)


@pytest.mark.parametrize(
    ("text", "written", "wrong"),
    [
        ("银行", "hnag2", "character 1, 'hnag2', is not pinyin: did you mean hang2?"),
        ("银行", "yin2 hnag2", "character 6, 'hnag2', is not pinyin"),
        ("银行", "yin2 hang9", "character 6, 'hang9', has no tone 9"),
        ("银行", "yin2hang", "character 5, 'hang', has no tone number"),
        ("银行", "yín2 hang2", "character 1, 'yín2', has a tone mark and a tone number"),
        ("银行", "yín hxx", "character 5, 'hxx', is not pinyin"),
        ("银行", "yin hang", "has no tones: write yin2"),
        ("银行", "yin2", "1 syllable for 2 characters"),
        ("行", "yin2 hang2", "2 syllables for 1 character:"),
        ("银行", "wɪn", "IPA, which is for words in Latin letters"),
        ("K歌", "kei1 ge1", "has Latin letters in it"),
        ("辛い", "karai", "is Japanese, write how it is said in kana"),
        ("辛い", "からx", "mixes scripts"),
        ("ー", "ーか", "character 1, 'ー', has nothing to lengthen"),
        ("값이", "gap", "is read in hangul"),
        ("Nguyen", "wɪ€n", "character 3, '€', is not a symbol of the IPA"),
        ("Nguyen", "/w4n/", "character 3, '4', is not a symbol of the IPA"),
        ("Nguyen", "ˈ", "has no sound in it"),
        ("Nguyen", "W IX9 N", "character 3, 'IX9', has no such stress"),
        ("Nguyen", "W ZZ IH1", "character 3, 'ZZ', is not a phone of CMU's"),
        ("Nguyen", "W1 IH1 N", "character 1, 'W1', is a consonant and has no stress number"),
        ("Beijing", "bei3 jing1", "is pinyin, which is for Chinese characters"),
        ("X", "我you", "mixes scripts"),
        ("X", "...", "has no word in it"),
        ("X", "a[b]", "character 2, '[', cannot stand in a reading"),
        ("X", " ", "the reading is empty"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, written: str, wrong: str) -> None:
    with pytest.raises(InputError) as raised:
        read_value(text, written)
    assert wrong in str(raised.value)


def test_tone_marks_stand_where_pinyin_has_them() -> None:
    written = "hang2 xiong1 liu2 gui4 lü4 ou3 m2 ma5"
    assert " ".join(map(marked, written.split())) == "háng xiōng liú guì lǜ ǒu ḿ ma"
