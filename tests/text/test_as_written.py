"""Lines as people write them, by kind: what is said for each, and beside it what only looks the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framevox.engine_daemon.engines.kokoro.phonemes import phones
from framevox.engine_daemon.text import read_line
from framevox.engine_daemon.text.line import Word


def said(text: str, language: str) -> str:
    line = read_line(text, language)
    for token in line.tokens:
        assert line.text[token.start : token.end] == token.text
    between = "" if language == "zh" else " "
    return between.join(token.spoken if isinstance(token, Word) else token.symbol for token in line.tokens)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TOM AND JIM ATE THE PIE AT THE BAR.", "tom and jim ate the pie at the bar ."),
        ("GOOD MORNING, MR. SMITH", "good morning , mister smith"),
        ("JOHN", "john"),
        ("I want MY PIE", "I want my pie"),
        ("WE'RE GOING TO DIE", "we're going to die"),
        ("THE CAT SAT DOWN", "the cat sat down"),
        ("LET US GO", "let us go"),
        ("21ST", "twenty first"),
        ("3RD OF MAY", "third of may"),
        ("THE 5TH MAN", "the fifth man"),
        ("AT&T", "A T and T"),
        ("Q&A, R&B and M&M's", "Q and A , R and B and M and M's"),
        # letters all the same
        ("FBI and NASA met the USA", "F B I and nasa met the U S A"),
        ("the BBC sells a DVD", "the B B C sells a D V D"),
        ("THE FBI IS HERE", "the F B I is here"),
        ("CALL THE NYPD", "call the N Y P D"),
        ("GOOD MORNING USA", "good morning U S A"),
        ("the SAT exam", "the S A T exam"),
        ("US troops", "U S troops"),
        ("21st century", "twenty first century"),
        ("You & I", "You and I"),
    ],
)
def test_capitals(text: str, expected: str) -> None:
    assert said(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("£1.5m and $20m", "one point five million pounds and twenty million dollars"),
        ("€3bn", "three billion euros"),
        ("£20k", "twenty thousand pounds"),
        ("2.5m euros", "two point five million euros"),
        ("5m people", "five million people"),
        ("10k people", "ten thousand people"),
        ("10k steps", "ten thousand steps"),
        ("1B users", "one billion users"),
        ("£5m-£10m", "five million pounds to ten million pounds"),
        # meters, and k as it is said
        ("5m long", "five meters long"),
        ("5m waves", "five meters waves"),
        ("100m hurdles", "one hundred meters hurdles"),
        ("a 10k run", "a ten k run"),
        ("a 4K screen", "a four K screen"),
        ("$4 kept", "four dollars kept"),
    ],
)
def test_amounts(text: str, expected: str) -> None:
    assert said(text, "en") == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("5月1日-5月3日", "zh", "五月一日到五月三日"),
        ("早8点-晚10点", "zh", "早八点到晚十点"),
        ("9:00—18:00", "zh", "九点整到十八点整"),
        ("周一-周五", "zh", "周一到周五"),
        ("1楼-3楼", "zh", "一楼到三楼"),
        ("3公斤-5公斤", "zh", "三公斤到五公斤"),
        ("3—5天", "zh", "三到五天"),
        ("9am-5pm", "en", "nine A M to five P M"),
        ("9-5pm", "en", "nine to five P M"),
        ("9:00—18:00", "en", "nine o'clock to eighteen hundred"),
        ("Mon-Fri", "en", "Monday to Friday"),
        ("Mon.–Fri.", "en", "Monday to Friday ."),
        ("Jan-Mar", "en", "January to March"),
        ("June 6-8", "en", "June sixth to eighth"),
        ("June 6-July 4", "en", "June sixth to July fourth"),
        ("3kg-5kg", "en", "three kilograms to five kilograms"),
        ("3日〜5日は", "ja", "ミッカ カラ イツカ ワ"),
        ("9時〜17時", "ja", "クジ カラ ジューシチジ"),
        ("월요일-금요일", "ko", "월요일에서 금요일"),
        # signs, hyphens and pauses
        ("-5度", "zh", "负五度"),
        ("今天-5度", "zh", "今天负五度"),
        ("让-雅克", "zh", "让雅克"),
        ("北京-上海", "zh", "北京上海"),
        ("sun-dried", "en", "sun-dried"),
        ("Mar-a-Lago", "en", "Mar-a-Lago"),
        ("In 1990 — 5 years later", "en", "In nineteen ninety — five years later"),
    ],
)
def test_ranges(text: str, language: str, expected: str) -> None:
    assert said(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("June 6", "en", "June sixth"),
        ("July 4", "en", "July fourth"),
        ("May 1", "en", "May first"),
        ("Sept. 5", "en", "September fifth"),
        ("23 Jan 2020", "en", "the twenty third of January twenty twenty"),
        ("the 23 January meeting", "en", "the twenty third of January meeting"),
        ("2 May", "en", "the second of May"),
        ("10/01/2024", "en", "October first twenty twenty four"),
        ("13/1/2024", "en", "January thirteenth twenty twenty four"),
        ("1.10.2024", "en", "October first twenty twenty four"),
        ("2002/01", "en", "January two thousand two"),
        ("2024-03", "en", "March twenty twenty four"),
        ("2024-10", "en", "October twenty twenty four"),
        ("2002/01", "zh", "二零零二年一月"),
        ("2024-03", "zh", "二零二四年三月"),
        ("10/01/2024", "zh", "二零二四年十月一日"),
        ("2024/03です", "ja", "ニセンニジューヨネンサンガツ デス"),
        ("2024-06-10", "ko", "이천이십사년 유월 십일"),
        ("0600 hours", "en", "oh six hundred hours"),
        ("at 0600", "en", "at oh six hundred"),
        ("1400 hours", "en", "fourteen hundred hours"),
        ("at 0915", "en", "at oh nine fifteen"),
        ("比分21:19", "zh", "比分二十一比十九"),
        ("3-2取胜", "zh", "三比二取胜"),
        ("スコアは21:19でした", "ja", "スコア ワ ニジューイチタイジューキュー デシタ"),
        ("won 3-2", "en", "won three to two"),
        # what is none
        ("code 0600", "en", "code oh six oh oh"),
        ("1400 men", "en", "one thousand four hundred men"),
        ("I may 6", "en", "I may six"),
        ("march 5 miles", "en", "march five miles"),
        ("2010-12", "en", "two thousand ten to twelve"),
        ("2024/25", "en", "twenty twenty four twenty five"),
        ("晚上21:19", "zh", "晚上二十一点十九分"),
        ("3-5天", "zh", "三到五天"),
    ],
)
def test_dates_times_and_scores(text: str, language: str, expected: str) -> None:
    assert said(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("$60/month", "en", "sixty dollars per month"),
        ("$5/hr", "en", "five dollars per hour"),
        ("5kg/day", "en", "five kilograms per day"),
        ("10 miles/hour", "en", "ten miles per hour"),
        ("60元/月", "zh", "六十元每月"),
        ("100元/月/人", "zh", "一百元每月每人"),
        ("血压120/80", "zh", "血压一百二十比八十"),
        ("120/80", "en", "one hundred twenty over eighty"),
        ("血圧は120/80です", "ja", "ケツアツ ワ ヒャクニジューノハチジュー デス"),
        ("9/11", "en", "nine eleven"),
        ("9/11事件", "zh", "九一一事件"),
        ("50/50", "en", "fifty fifty"),
        ("20/20", "en", "twenty twenty"),
        ("20/20", "zh", "二十对二十"),
        # fractions and alternatives
        ("3/4 cup", "en", "three quarters cup"),
        ("9/10", "en", "nine tenths"),
        ("5/6", "zh", "六分之五"),
        ("24/7", "en", "twenty four seven"),
        ("and/or", "en", "and or"),
        ("他/她", "zh", "他她"),
    ],
)
def test_slashes(text: str, language: str, expected: str) -> None:
    assert said(text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("1.2.3", "en", "one point two point three"),
        ("版本1.2.3", "zh", "版本一点二点三"),
        ("1.2.3です", "ja", "イチテンニテンサン デス"),
        ("192.168.0.1", "en", "one nine two dot one six eight dot zero dot one"),
        ("192.168.0.1", "zh", "幺九二点幺六八点零点幺"),
        ("拨打10086", "zh", "拨打幺零零八六"),
        ("打12345热线", "zh", "打幺二三四五热线"),
        ("12306", "zh", "幺二三零六"),
        ("985高校", "zh", "九八五高校"),
        ("211大学", "zh", "二幺幺大学"),
        ("波音747", "zh", "波音七四七"),
        ("Boeing 747", "en", "Boeing seven forty seven"),
        ("京A·88888", "zh", "京A八八八八八"),
        ("加我，QQ 12345678", "auto", "加 我 , Q Q 幺二三四五六七八"),
        ("1300 555 019", "en", "one three oh oh five five five oh one nine"),
        ("0412 345 678", "en", "oh four one two three four five six seven eight"),
        ("全国NO.1", "auto", "全国 number one"),
        ("NO.1!", "en", "number one !"),
        # amounts
        ("3.14", "en", "three point one four"),
        ("10086个人", "zh", "一万零八十六个人"),
        ("打了12345次", "zh", "打了一万二千三百四十五次"),
        ("985个", "zh", "九百八十五个"),
        ("747架", "zh", "七百四十七架"),
        ("300 400 500", "en", "three hundred four hundred five hundred"),
        ("NO. 5 more", "en", "no . five more"),
        ("¥1.2亿", "auto", "一点二亿元"),
        ("$5億だ", "auto", "ゴオクドル ダ"),
    ],
)
def test_codes(text: str, language: str, expected: str) -> None:
    assert said(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Scene ii", "Scene two"),
        ("Act I, Scene iii", "Act one , Scene three"),
        ("WWII", "World War two"),
        ("WW2", "World War two"),
        ("World War I was long", "World War one was long"),
        ("Henry VIII", "Henry the eighth"),
        ("Elizabeth I.", "Elizabeth the first ."),
        # the letter and the word
        ("the part I like", "the part I like"),
        ("Elizabeth I think", "Elizabeth I think"),
        ("Malcolm X", "Malcolm X"),
        ("Plan B", "Plan B"),
        ("mix ii", "mix ii"),
        ("th' end", "the end"),
        ("rock an' roll", "rock an' roll"),
        ("goin' home", "goin' home"),
        ("the boys' dog", "the boys dog"),
    ],
)
def test_roman_numerals_and_clipped_words(text: str, expected: str) -> None:
    assert said(text, "en") == expected


def sounds(text: str) -> str:
    return "".join(phone.symbol for phone in phones(read_line(text, "en")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("résumé", "ɹˈɛzumˌA"),
        ("résumés", "ɹˈɛzumˌAz"),
        ("pâté", "pætˈA"),
        ("resume", "ɹəzˈum"),
        ("café", "kæfˈA"),
        ("the lead in the water", "ðə lˈɛd ɪn ðə wˈɔTəɹ"),
        ("the lead in the race", "ðə lˈid ɪn ðə ɹˈAs"),
        ("th'", "ðə"),
    ],
)
def test_accents_and_metals_are_heard(text: str, expected: str) -> None:
    assert sounds(text) == expected


_PARTS = st.sampled_from(
    [
        *("£1.5m", "$20m", "10k people", "5月1日", "-", "–", "—", "~", "/", "9am", "5pm", "9:00", "Mon", "Fri", "June"),
        *("6", "23", "Jan", "2020", "10/01/2024", "2002/01", "2024-03", "0600 hours", "month", "元", "月", "120/80"),
        *("1.2.3", "192.168.0.1", "10086", "QQ", "NO.1", "AT&T", "WWII", "Scene", "ii", "I", "th'", "résumé", "は"),
        *("目と目", "辛い", "6월", "10월", " "),
    ]
)


@given(st.lists(_PARTS, min_size=1, max_size=6).map("".join), st.sampled_from(("auto", "zh", "en", "ja", "ko")))
def test_whatever_stands_beside_what_words_are_slices_of_the_line(text: str, language: str) -> None:
    if not any(char.isalnum() for char in text):
        return
    line = read_line(text, language)
    end = 0
    for token in line.tokens:
        assert end <= token.start < token.end and token.text == text[token.start : token.end]
        end = token.end
    assert phones(line)
