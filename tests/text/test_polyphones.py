"""Chinese readings by context, before tones change: names, places, foreign names, rare and old characters."""

from __future__ import annotations

import time

import pytest

from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Word
from framevox.engine_daemon.text.zh_model import polyphones


def words(text: str) -> tuple[Word, ...]:
    return read_line(text, "zh").words


def base(text: str) -> str:
    return " ".join(syllable for word in words(text) for syllable in word.base)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("曾小贤来了", "zeng1 xiao3 xian2 lai2 le5"),
        ("我叫任我行", "wo3 jiao4 ren2 wo3 xing2"),
        ("解晓东唱歌", "xie4 xiao3 dong1 chang4 ge1"),
        ("解放了", "jie3 fang4 le5"),
        ("朴槿惠", "piao2 jin3 hui4"),
        ("朴素", "pu3 su4"),
        ("翟天临", "zhai2 tian1 lin2"),
        ("诸葛亮", "zhu1 ge3 liang4"),
        ("任正非", "ren2 zheng4 fei1"),
        ("任何人", "ren4 he2 ren2"),
        ("老曾走了", "lao3 zeng1 zou3 le5"),
        ("查良镛", "zha1 liang2 yong1"),
        ("查理", "cha2 li3"),
        ("李晟", "li3 sheng4"),
    ],
)
def test_surnames_and_names(text: str, expected: str) -> None:
    assert base(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("阆中", "lang4 zhong1"),
        ("掖县", "ye4 xian4"),
        ("六安", "lu4 an1"),
        ("六月", "liu4 yue4"),
        ("台州", "tai1 zhou1"),
        ("台湾", "tai2 wan1"),
        ("朝鲜", "chao2 xian3"),
        ("蒙古", "meng3 gu3"),
        ("勃艮第", "bo2 gen4 di4"),
        ("塞缪尔", "sai4 miu4 er3"),
        ("帖木儿", "tie3 mu4 er2"),
        ("什叶派", "shi2 ye4 pai4"),
        ("什么", "shen2 me5"),
        ("勒克莱尔", "le4 ke4 lai2 er3"),
        ("塞尔维亚", "sai4 er3 wei2 ya4"),
        ("瓶塞", "ping2 sai1"),
        ("耶路撒冷", "ye1 lu4 sa1 leng3"),
    ],
)
def test_places_and_foreign_names(text: str, expected: str) -> None:
    assert base(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("荀彧", "xun2 yu4"),
        ("马翀", "ma3 chong1"),
        ("𪚥", "zhe2"),
        ("花儿", "hua1 er5"),
        ("小孩儿", "xiao3 hai2 er5"),
        ("没事儿", "mei2 shi4 er5"),
        ("女儿", "nü3 er2"),
        ("教子有方", "jiao4 zi3 you3 fang1"),
        ("卷四", "juan4 si4"),
        ("单杠", "dan1 gang4"),
        ("描述为", "miao2 shu4 wei2"),
        ("一场比赛", "yi1 chang3 bi3 sai4"),
        ("一场大雨", "yi1 chang2 da4 yu3"),
        ("扇了他", "shan1 le5 ta1"),
        ("扇子", "shan4 zi5"),
        ("學而時習之，不亦說乎", "xue2 er2 shi2 xi2 zhi1 bu4 yi4 yue4 hu1"),
        ("銀行的行長", "yin2 hang2 de5 hang2 zhang3"),
        ("頭髮很長", "tou2 fa5 hen3 chang2"),
    ],
)
def test_rare_characters_weak_endings_and_old_lines(text: str, expected: str) -> None:
    assert base(text) == expected


@pytest.mark.parametrize(
    ("text", "char", "expected"),
    [
        ("教我画画", "教", "jiao1"),
        ("她是教授", "教", "jiao4"),
        ("他背着我跑了三里", "背", "bei4"),
        ("树是我种的", "种", "zhong4"),
        ("这是哪种水果", "种", "zhong3"),
        ("他找了半天没找着", "着", "zhao2"),
        ("假发掉了", "发", "fa4"),
        ("模具坏了", "模", "mu2"),
        ("酒劲儿真冲", "冲", "chong4"),
        ("我们处了三年", "处", "chu3"),
        ("你待着别动", "待", "dai1"),
        ("他敬业，待人也好", "待", "dai4"),
    ],
)
def test_a_character_follows_what_stands_beside_it(text: str, char: str, expected: str) -> None:
    assert base(text).split()[[c for c in text if c not in "，"].index(char)] == expected


def test_a_reading_says_where_it_comes_from_and_how_doubtful_it_is() -> None:
    found = {word.text: word for word in words("他在银行[yin2 hang2]重新数着，我会撒盐")}
    assert found["银行"].source == "rule"
    assert found["重新"].source == "phrase"
    assert found["他"].source == "default" and found["他"].doubt == 0
    assert all(0 <= word.doubt <= 1 and len(word.why) == len(word.base) == len(word.reading) for word in found.values())


def test_what_is_beyond_a_mark_counts() -> None:
    assert "zhang3" in base("校长，长得很高") and "chang2" in base("路很长，很长")


def test_the_model_gives_every_character_one_of_its_readings() -> None:
    model = polyphones()
    text = "他长得很重，音乐和快乐，都行" * 20
    found = model.read(text)
    assert {text[place] for place in found} >= set("长得重乐和都行")
    assert all(reading in model.readings[text[place]] and 0 < likely <= 1 for place, (reading, likely) in found.items())
    assert model.read("") == model.read("abc") == {}


def test_a_long_line_is_read_in_time() -> None:
    began = time.process_time()
    words("他长得很重，音乐和快乐都行。" * 140)
    assert time.process_time() - began < 2
