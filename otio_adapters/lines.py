"""What is said and by whom: the name in front of a line, and names that are no line at all."""

from __future__ import annotations

import re

# The colon of times (10:30), addresses (https://) and drives (C:\) never follows a name.
_PREFIX = re.compile(
    r"\s*(?P<name>[^:：\n]{1,40}?)\s*(?:[(（][^()（）:：]{0,20}[)）]\s*)?(?P<colon>[:：])(?P<line>.*)", re.S
)
_HAN_NAME = re.compile(
    r"[\u3400-\u9fff々]{1,4}(?:[·・•][\u3400-\u9fff]{1,8}){0,2}(?:\s?[0-9A-Z一二三四五六七八九十]{1,2})?"
)
_KANA_NAME = re.compile(
    r"(?=.*[\u30a1-\u30fa])[\u30a0-\u30ff\u3400-\u9fff々・＝]{1,12}(?:さん|ちゃん|くん|さま|先生)?"
    r"|[\u3400-\u9fff々]{1,6}(?:さん|ちゃん|くん|さま)|[\u3041-\u3096]{2,4}(?:さん|ちゃん|くん|さま)?"
)
_HANGUL_NAME = re.compile(r"[\uac00-\ud7a3]{2,5}(?: [\uac00-\ud7a3]{1,5})?")
_WORD = re.compile(r"[^\W\d_][^\W_]*(?:['’.\-][^\W_]+)*\.?", re.UNICODE)

_NUMBER = re.compile(r"#?\d+")
_JOINT = re.compile(r"\s*[&＆/／+＋、]\s*|\s+AND\s+")
"""What stands between the names of those who speak at once."""
_MAX_WORDS, _MAX_CAPITAL_WORDS = 3, 5

_NOT_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        warning caution danger note notice attention question answer remember reminder listen look wait stop yes no
        well okay ok first second third finally example tip hint error update breaking chapter scene part act step rule
        fact conclusion result summary subject re fyi ps todo fixme time date today tomorrow tonight monday tuesday
        wednesday thursday friday saturday sunday is it this that here there the a an my your what why how when who
        where because but and so or i you he she we they version news alert message title spoiler
        """,
    )
)
_NOT_SMALL_NAMES = _NOT_NAMES | frozenset(
    re.findall(
        r"\w+",
        """
        problem problems truth reason reasons idea plan plans thing things point points deal choice option options
        secret case matter issue issues trouble bottom line goal target order orders proof evidence theory lesson
        moral verdict diagnosis cause effect status report reports memo quote unquote translation correction answer
        answers questions rules facts results options hints tips notes warnings examples details detail remark
        comment reply response statement announcement bulletin alarm emergency mayday roger copy over repeat again
        anyway also plus then now still meanwhile besides therefore thus hence namely including like especially
        basically honestly seriously actually frankly clearly obviously apparently maybe perhaps probably please
        sorry thanks hello hi hey bye goodbye welcome congratulations cheers dear good bad great fine sure right left
        wrong true false correct exactly everything nothing something anything everyone nobody somebody him her them
        us me his their our mine yours theirs says said say told asked tell ask think thought know knew see saw look
        looks imagine suppose guess believe mean means hear heard read write written call called go going run come
        take get give make let try keep put turn open close up down in out on off from to at by for with without of
        as if not only just even ever never always often sometimes once twice again soon later before after until
        while during since yesterday morning afternoon evening night noon midnight monday january february april
        june july august september october november december week weeks month months year years day days hour hours
        minute minutes second seconds zero four five six seven eight nine ten eleven twelve hundred thousand half
        north south east west price prices cost costs total sum score size weight height age name names address phone
        number numbers email password code key input output file folder page line lines paragraph section scene shot
        take takes cut camera sound music lights action slate reel level phase stage mission objective task tasks
        room floor door gate exit entrance street road platform track flight train bus location place places where
        menu recipe ingredients dinner lunch breakfast love regards sincerely yours signed attn cc bcc via ref id no
        nr vs etc ie eg viz http https ftp mailto file tel www
        """,
    )
)
"""Words that are no names unless they are capitalised."""
_NOT_HAN_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        注意 警告 提示 问题 问 答 答案 例如 比如 时间 地点 记住 结论 结果 总之 其一 其二 第一 第二 第三 首先 最后
        危险 通知 公告 备注 说明 标题 如下 即 也就是 原因 目的 方法 条件 注 例 質問 答え 例えば 結論 結果 場所 時間
        """,
    )
)
_HAN_SENTENCE_START = re.compile(r"[我你您他她它咱这那哪谁什怎为是不没有还就都要请别只会能可快但因所如]")
_HAN_SENTENCE_END = re.compile(r"[说道问答喊叫想写讲是了的着过吗呢吧啊条句点事]$")

_FILE_NAME = re.compile(
    r"\S.*\.(?:wav|wave|bwf|aiff?|aifc|mp3|m4a|aac|flac|ogg|opus|mov|mp4|m4v|mkv|avi|mxf|mts|m2ts|webm|r3d|braw|ari|dpx|"
    r"exr|png|jpe?g|tiff?|psd|otioz?|xml|edl|aaf)",
    re.IGNORECASE,
)
_DEFAULT_MARKER_NAME = re.compile(r"(?:marker|标记|マーカー|마커)\s*\d*", re.IGNORECASE)


def split_character(text: str) -> tuple[str, str]:
    """``("ALICE", "Hello.")`` for ``"ALICE: Hello."``, ``("", text)`` where no name stands in front.

    A name is one to three capitalised words or numbers after one (``Old Tom``, ``GUARD 2``, ``Dr. Chen``), up to five
    in capitals, as scripts write them (``MAN IN BLACK COAT``, ``WOMAN #2``), one word in small letters, with or without
    a number (``alice``, ``guard 2``), or a short name in Chinese, Japanese or Korean; several names may be joined
    (``JACK & JILL``, ``Jack/Jill``). ``(V.O.)`` and the like after it are dropped. Words that head a sentence
    (``Warning:``, ``注意：``), times, addresses and drives are no names. docs/timelines.md has the whole rule.
    """
    match = _PREFIX.fullmatch(text)
    if match is None:
        return "", text.strip()
    name, line = match["name"].strip(), match["line"]
    if not _are_names(name) or not _may_follow(match["colon"], line, name):
        return "", text.strip()
    return name, line.strip()


def is_file_name(name: str) -> bool:
    """Whether a clip's name is only the name of a media file, which nobody wants read out."""
    return _FILE_NAME.fullmatch(name.strip()) is not None


def is_default_marker_name(name: str) -> bool:
    """Whether a marker's name is what the editing program wrote (``Marker 3``) and not a person."""
    return _DEFAULT_MARKER_NAME.fullmatch(name.strip()) is not None


def _may_follow(colon: str, line: str, name: str) -> bool:
    if not line.strip():
        return True  # a name with nothing behind it: the cue is then an empty line, and says so
    if name[-1].isdigit() and line.lstrip()[0].isdigit():
        return False  # a time or a score
    if colon == "：" or line[0].isspace():
        return True
    # Without a space only what cannot be an address, a drive or a title (Re:Zero) counts.
    return line[0] not in "/\\" and not line[0].isdigit() and (name.upper() == name or ord(line[0]) > 0x2E7F)


def _are_names(names: str) -> bool:
    """Whether this is a name, or several that speak at once."""
    return all(_is_name(name.strip()) for name in _JOINT.split(names))


def _is_name(name: str) -> bool:
    if _HAN_NAME.fullmatch(name):
        sentence = _HAN_SENTENCE_START.match(name) or (len(name) > 1 and _HAN_SENTENCE_END.search(name))
        return name not in _NOT_HAN_NAMES and not sentence
    if _KANA_NAME.fullmatch(name) or _HANGUL_NAME.fullmatch(name):
        return name not in _NOT_HAN_NAMES
    words = name.replace("_", " ").split()
    if not words or not _WORD.fullmatch(words[0]):
        return False
    if name == "A":
        return True  # and B, in a dialogue
    if words[0][0].islower():
        return (
            len(words) <= 2
            and len(words[0]) > 1
            and words[0].rstrip(".") not in _NOT_SMALL_NAMES
            and all(_NUMBER.fullmatch(word) for word in words[1:])
        )
    most = _MAX_CAPITAL_WORDS if name == name.upper() else _MAX_WORDS
    return (
        len(words) <= most
        and words[0][0].isupper()
        and all(word[0].isupper() or _NUMBER.fullmatch(word) for word in words)
        and not any(word.lower().rstrip(".") in _NOT_NAMES for word in words)
    )
