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
    in capitals, as scripts write them (``MAN IN BLACK COAT``, ``WOMAN #2``, ``JACK & JILL``), or a short name in
    Chinese, Japanese or Korean; ``(V.O.)`` and the like after it are dropped. Words that head a sentence (``Warning:``,
    ``注意：``), times, addresses and drives are no names.
    """
    match = _PREFIX.fullmatch(text)
    if match is None:
        return "", text.strip()
    name, line = match["name"].strip(), match["line"]
    if not _is_name(name) or not _may_follow(match["colon"], line, name):
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


def _is_name(name: str) -> bool:
    if _HAN_NAME.fullmatch(name):
        sentence = _HAN_SENTENCE_START.match(name) or (len(name) > 1 and _HAN_SENTENCE_END.search(name))
        return name not in _NOT_HAN_NAMES and not sentence
    if _KANA_NAME.fullmatch(name) or _HANGUL_NAME.fullmatch(name):
        return name not in _NOT_HAN_NAMES
    words = name.replace("_", " ").split()
    most = _MAX_CAPITAL_WORDS if name == name.upper() else _MAX_WORDS
    if not 1 <= len(words) <= most or not _WORD.fullmatch(words[0]) or not words[0][0].isupper():
        return False
    # Two who speak at once are joined by one of these.
    words = [word for i, word in enumerate(words) if word not in ("&", "AND") or i in (0, len(words) - 1)]
    return all(word[0].isupper() or _NUMBER.fullmatch(word) for word in words) and not any(
        word.lower().rstrip(".") in _NOT_NAMES for word in words
    )
