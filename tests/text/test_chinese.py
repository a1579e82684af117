"""Chinese lines as they are read aloud: figures, polyphones, tones in context."""

import pytest

from framevox.engine_daemon.text import read_line


def said(text: str) -> str:
    return "".join(word.spoken for word in read_line(text, "zh").words)


def pinyin(text: str) -> str:
    return " ".join(syllable for word in read_line(text, "zh").words for syllable in word.reading)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2:30见", "两点三十分见"),
        ("下午3:15", "下午三点十五分"),
        ("10:05", "十点零五分"),
        ("12:00", "十二点整"),
        ("2:30pm", "下午两点三十分"),
        ("$2,300", "两千三百美元"),
        ("¥12.50", "十二点五零元"),
        ("￥100", "一百元"),
        ("€5", "五欧元"),
        ("$3.5 million", "三百五十万美元"),
        ("30%的人", "百分之三十的人"),
        ("3%-5%", "百分之三到百分之五"),
        ("-5℃", "零下五摄氏度"),
        ("26度", "二十六度"),
        ("2个人", "两个人"),
        ("2月", "二月"),
        ("2楼", "二楼"),
        ("第2次", "第二次"),
        ("3~5个", "三到五个"),
        ("3-5天", "三到五天"),
        ("2024年3月5日", "二零二四年三月五日"),
        ("2024-03-05", "二零二四年三月五日"),
        ("3年", "三年"),
        ("98年", "九八年"),
        ("90后", "九零后"),
        ("3:2赢了", "三比二赢了"),
        ("3/4的人", "四分之三的人"),
        ("13812345678", "幺三八幺二三四五六七八"),
        ("010-12345678", "零幺零幺二三四五六七八"),
        ("打110", "打幺幺零"),
        ("3kg", "三公斤"),
        ("100km/h", "一百公里每小时"),
        ("1,234,567", "一百二十三万四千五百六十七"),
        ("10001", "一万零一"),
        ("0.5", "零点五"),
        ("我&你", "我和你"),
        ("１２３", "一百二十三"),
        ("我有3个", "我有三个"),
        ("500-1000人", "五百到一千人"),
        ("50/50的机会", "五十对五十的机会"),
        ("改到 2:30，记得", "改到两点三十分记得"),
        ("2:30有人来", "两点三十分有人来"),
        ("在 2024-03-05 那天", "在二零二四年三月五日那天"),
        ("大约 3/4 的人", "大约四分之三的人"),
        ("打我电话 13800138000", "打我电话幺三八零零幺三八零零零"),
        ("13800000", "一千三百八十万"),
        ("房间号1201", "房间号幺二零幺"),
        ("密码是0312", "密码是零三幺二"),
        ("考了110分", "考了一百一十分"),
        ("120多人", "一百二十多人"),
        ("8楼808", "八楼八零八"),
        ("5月1号100人来", "五月一号一百人来"),
    ],
)
def test_figures_are_said_in_chinese(text: str, expected: str) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("找不着", "zhao3 bu5 zhao2"),
        ("用不着", "yong4 bu5 zhao2"),
        ("他睡着了", "ta1 shui4 zhao2 le5"),
        ("着急", "zhao2 ji2"),
        ("看着我", "kan4 zhe5 wo3"),
        ("银行", "yin2 hang2"),
        ("行走", "xing2 zou3"),
        ("长大", "zhang3 da4"),
        ("很长", "hen3 chang2"),
        ("重庆", "chong2 qing4"),
        ("重要", "zhong4 yao4"),
        ("我得走了", "wo2 dei2 zou3 le5"),
        ("跑得快", "pao3 de5 kuai4"),
        ("得到", "de2 dao4"),
        ("慢慢地走", "man4 man4 de5 zou3"),
        ("目的地", "mu4 di4 di4"),
        ("还没有", "hai2 mei2 you3"),
        ("还钱", "huan2 qian2"),
        ("当不了", "dang1 bu5 liao3"),
        ("会计", "kuai4 ji4"),
        ("首都", "shou3 du1"),
        ("都是", "dou1 shi4"),
        ("中奖", "zhong4 jiang3"),
        ("中间", "zhong1 jian1"),
        ("一只手", "yi4 zhi1 shou3"),
        ("只有", "zhi2 you3"),
        ("音乐", "yin1 yue4"),
        ("快乐", "kuai4 le4"),
        ("为什么", "wei4 shen2 me5"),
        ("嗯", "en4"),
        ("哪儿", "na3 er5"),
        ("儿子", "er2 zi5"),
        ("妈妈", "ma1 ma5"),
        ("钱都没还", "qian2 dou1 mei2 huan2"),
        ("我还没还呢", "wo3 hai2 mei2 huan2 ne5"),
        ("都还了", "dou1 huan2 le5"),
        ("把钥匙还我", "ba3 yao4 shi5 huan2 wo3"),
        ("该还的总要还", "gai1 huan2 de5 zong3 yao4 huan2"),
        ("还不起", "huan2 bu5 qi3"),
        ("可我还……", "ke2 wo3 hai2"),
        ("还他妈的等", "hai2 ta1 ma1 de5 deng3"),
        ("要是还不来", "yao4 shi5 hai2 bu4 lai2"),
        ("重新数一数", "chong2 xin1 shu3 yi5 shu3"),
        ("数了数", "shu3 le5 shu3"),
        ("出去转一转", "chu1 qu4 zhuan4 yi5 zhuan4"),
        ("调一调", "tiao2 yi5 tiao2"),
        ("单先生", "shan4 xian1 sheng5"),
        ("曾小姐", "zeng1 xiao2 jie3"),
        ("曾经来过", "ceng2 jing1 lai2 guo4"),
        ("姓仇", "xing4 qiu2"),
        ("报仇", "bao4 chou2"),
        ("任何老师", "ren4 he2 lao3 shi1"),
        ("你得去", "ni2 dei3 qu4"),
        ("医生说得赶紧走", "yi1 sheng1 shuo1 dei2 gan2 jin2 zou3"),
        ("跑得真快", "pao3 de5 zhen1 kuai4"),
        ("背着包", "bei1 zhe5 bao1"),
        ("背着我", "bei4 zhe5 wo3"),
        ("不着家", "bu4 zhao2 jia1"),
        ("琴弹得好", "qin2 tan2 de5 hao3"),
        ("你蒙谁", "ni3 meng1 shei2"),
        ("规矩", "gui1 ju5"),
        ("从头说起", "cong2 tou2 shuo1 qi3"),
        ("里头有石头", "li3 tou5 you3 shi2 tou5"),
        ("长这么大", "zhang3 zhe4 me5 da4"),
        ("有种就种一棵树", "you2 zhong3 jiu4 zhong4 yi4 ke1 shu4"),
        ("一种一种地试", "yi4 zhong3 yi4 zhong3 de5 shi4"),
        ("一觉醒来", "yi2 jiao4 xing3 lai2"),
        ("𠮷野家", "ji2 ye3 jia1"),
        ("等了一宿", "deng3 le5 yi4 xiu3"),
        ("女儿", "nü3 er2"),
        ("时间为三点", "shi2 jian1 wei2 san1 dian3"),
        ("面积为100", "mian4 ji1 wei2 yi4 bai3"),
        ("命名为", "ming4 ming2 wei2"),
        ("时间为你停留", "shi2 jian1 wei4 ni3 ting2 liu2"),
        ("我为你", "wo3 wei4 ni3"),
        ("一行人", "yi4 xing2 ren2"),
    ],
)
def test_characters_with_several_readings_follow_their_word(text: str, expected: str) -> None:
    assert pinyin(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一个", "yi2 ge5"),
        ("一天", "yi4 tian1"),
        ("一年", "yi4 nian2"),
        ("一起", "yi4 qi3"),
        ("一定", "yi2 ding4"),
        ("第一", "di4 yi1"),
        ("第一次", "di4 yi1 ci4"),
        ("第一个", "di4 yi1 ge5"),
        ("十一个", "shi2 yi1 ge5"),
        ("一百一十块", "yi4 bai3 yi1 shi2 kuai4"),
        ("2个人", "liang3 ge5 ren2"),
        ("不一样", "bu4 yi2 yang4"),
        ("十一点", "shi2 yi1 dian3"),
        ("一月", "yi1 yue4"),
        ("星期一下午", "xing1 qi1 yi1 xia4 wu3"),
        ("看一看", "kan4 yi5 kan4"),
        ("1998年", "yi1 jiu2 jiu3 ba1 nian2"),
        ("1杯", "yi4 bei1"),
        ("不去", "bu2 qu4"),
        ("不来", "bu4 lai2"),
        ("好不好", "hao3 bu5 hao3"),
        ("对不起", "dui4 bu5 qi3"),
        ("你好", "ni2 hao3"),
        ("展览馆", "zhan2 lan2 guan3"),
        ("我，你", "wo3 ni3"),
    ],
)
def test_tones_change_before_other_tones(text: str, expected: str) -> None:
    assert pinyin(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("還沒有", "hai2 mei2 you3"),
        ("頭髮", "tou2 fa5"),
        ("出發", "chu1 fa1"),
        ("一隻貓", "yi4 zhi1 mao1"),
        ("為什麼", "wei4 shen2 me5"),
        ("他們乾杯", "ta1 men5 gan1 bei1"),
        ("後來", "hou4 lai2"),
        ("重慶", "chong2 qing4"),
        ("著急", "zhao2 ji2"),
        ("睡著了", "shui4 zhao2 le5"),
        ("找著了", "zhao3 zhao2 le5"),
        ("看著我", "kan4 zhe5 wo3"),
        ("著名", "zhu4 ming2"),
        ("名著", "ming2 zhu4"),
        ("顯著", "xian3 zhu4"),
    ],
)
def test_traditional_characters_read_like_simplified_ones(text: str, expected: str) -> None:
    assert pinyin(text) == expected
    assert said(text) == text


def test_a_word_keeps_the_slice_it_was_written_as() -> None:
    line = read_line("请在２：３０来！！")
    time = next(word for word in line.words if word.spoken == "两点三十分")
    assert time.text == "２：３０" == line.text[time.start : time.end]
    assert line.tokens[-1].text == "！！"


def test_every_spoken_character_has_one_syllable() -> None:
    for word in read_line("他在2024年3月5日下午2:30花了$2,300买3kg苹果，一点儿都不后悔。").words:
        assert len(word.reading) == len(word.spoken), word
