"""Japanese lines: OpenJTalk's readings, aligned to the user's own text."""

import pytest

from framevox.engine_daemon.text import read_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("学校へ行った", "ガッコー エ イッタ"),
        ("待って", "マッテ"),
        ("3個", "サンコ"),
        ("3月5日は", "サンガツ イツカ ワ"),
        ("一人で", "ヒトリ デ"),
        ("10人", "ジューニン"),
        ("2:30に", "ニジサンジュップン ニ"),
        ("３％", "サンパーセント"),
        ("$5", "ゴドル"),
        ("20℃", "ニジュード"),
        ("1〜2回", "イチカラニカイ"),
        ("食べなかった", "タベナカッタ"),
        ("コーヒー", "コーヒー"),
        ("ｺｰﾋｰ", "コーヒー"),
        ("えっ", "エッ"),
        ("うん", "ウン"),
        ("は？", "ハ"),
        ("は、はい", "ハ ハイ"),
        ("ははは", "ハハハ"),
        ("これは？", "コレ ワ"),
        ("目と目", "メ トメ"),
        ("目と目が合う", "メ ト メ ガ アウ"),
        ("そういう風に", "ソーユウ フウ ニ"),
        ("風に吹かれて", "カゼ ニ フカレテ"),
        ("その方がいい", "ソノ ホー ガ イイ"),
        ("あの方は誰", "アノ カタ ワ ダレ"),
        ("彼女らしく", "カノジョラシク"),
        ("辛いカレー", "カライ カレー"),
        ("このカレーは辛いね", "コノ カレー ワ カライ ネ"),
        ("辛い過去", "ツライ カコ"),
        ("左は？", "ヒダリ ワ"),
        ("左側は", "ヒダリガワ ワ"),
        ("陽キャ", "ヨーキャ"),
        ("太陽", "タイヨー"),
    ],
)
def test_words_have_their_kana(text: str, expected: str) -> None:
    assert " ".join("".join(word.reading) for word in read_line(text, "ja").words) == expected


def test_rewritten_figures_keep_the_slices_around_them() -> None:
    line = read_line("3月5日は3個のりんごを1,234円で買った。")
    assert [word.text for word in line.words] == [
        "3月",
        "5日",
        "は",
        "3個",
        "の",
        "りんご",
        "を",
        "1,234円",
        "で",
        "買った",
    ]


def test_han_characters_are_japanese_beside_kana_and_chinese_without() -> None:
    assert {word.language for word in read_line("東京は、大雨。").words} == {"ja"}
    assert {word.language for word in read_line("东京下大雨。").words} == {"zh"}
    assert {word.language for word in read_line("東京大学", "ja").words} == {"ja"}
    assert {word.language for word in read_line("時々").words} == {"ja"}
    assert {word.language for word in read_line("東京駅").words} == {"ja"}  # 駅 exists in Japanese alone
    assert [word.language for word in read_line("她说「ありがとう」就走了。").words] == [
        "zh",
        "zh",
        "ja",
        "zh",
        "zh",
        "zh",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("店が開いた", "ミセガアイタ"),
        ("目を開いた", "メヲヒライタ"),
        ("辛いね、このスープ", "カライネコノスープ"),
        ("辛い別れ。ラーメンでも食べるか", "ツライワカレラーメンデモタベルカ"),
        ("牛の角", "ウシノツノ"),
        ("角を曲がる", "カドヲマガル"),
        ("金を払え", "カネヲハラエ"),
        ("金メダル", "キンメダル"),
        ("税金を払う", "ゼーキンヲハラウ"),
        ("箱が空だ", "ハコガカラダ"),
        ("空が青い", "ソラガアオイ"),
        ("帽子を被る", "ボーシヲカブル"),
        ("損害を被る", "ソンガイヲコームル"),
    ],
)
def test_characters_of_several_readings_follow_their_neighbours(text: str, expected: str) -> None:
    words = read_line(text, "ja").words
    assert "".join(kana for word in words for kana in word.reading) == expected
    assert all(word.base == word.reading and len(word.why) == len(word.base) for word in words)
