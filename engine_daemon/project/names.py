"""What a character's name says of who speaks: nobody in particular, a woman or a man."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_NOBODY = re.compile(
    r"""
    (?: [av] (?= \d ) | audio | video | track | line | lines | dialog | dialogue | dlg | dx | adr | vo | v\.o\. | voice
      | sub | subs | subtitle | subtitles | caption | captions | cc | slug | temp | placeholder | scratch | speech
      | spoken | text | marker | mono | stereo | mix
      | 音频 | 音轨 | 音頻 | 音軌 | 视频 | 視頻 | 字幕 | 轨道 | 軌道 | 对白 | 對白 | 对话 | 對話 | 台词 | 台詞
      | 配音 | 占位 | 标记
      | オーディオ | トラック | オーディオトラック | 字幕トラック | ビデオ | セリフ | せりふ | 音声 | ダイアログ
      | マーカー | 오디오 | 트랙 | 비디오 | 자막 | 대사 | 음성 | 마커
    )
    [\s_.\-\#]* (?: \d{1,4} )? (?: [\s_\-]* (?: track | tracks ) \s* \d{0,4} )?
    """,
    re.VERBOSE | re.IGNORECASE,
)

_FEMALE_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
        woman women girl girls lady ladies mother mom mum mommy mummy mama grandmother grandma granny nana sister
        aunt auntie daughter wife queen princess mrs ms miss madam madame mademoiselle ma'am waitress actress
        hostess nun witch female her she señora señorita frau
        """,
    )
)
_MALE_WORDS = frozenset(
    re.findall(
        r"\S+",
        """
        man men boy boys guy gentleman gentlemen father dad daddy papa grandfather grandpa grandad brother uncle
        son husband king prince mr mister sir lord waiter actor monk priest wizard male him he señor herr
        monsieur
        """,
    )
)
# Longer ones first: 女王 is no 王.
_FEMALE_PARTS = re.compile(
    "女|小姐|太太|夫人|妈|媽|母|奶奶|姥姥|外婆|婆婆|阿姨|姑|婶|嬸|姐|姊|妹|娘|公主|妻|"
    "お母|かあさん|おばあ|おばさん|ねえさん|姉|娘|少女|嬢|ママ|"
    "여자|여성|엄마|어머니|할머니|누나|언니|이모|고모|아줌마|아가씨|소녀|딸|아내|공주|여왕"
)
_MALE_PARTS = re.compile(
    "男|先生|爸|父|爷爷|爺爺|姥爷|外公|公公|叔|伯|舅|哥|弟|王子|国王|國王|丈夫|少爷|小伙|老头|大爷|"
    "お父|とうさん|おじい|おじさん|にいさん|兄|息子|少年|パパ|王様|"
    "남자|남성|아빠|아버지|할아버지|오빠|삼촌|아저씨|소년|아들|남편|왕자|임금"
)
# Words that hold a part of the other kind.
_NEITHER = re.compile("男女|子女|父母|兄妹|姐弟|姊弟|先生们和女士们|남녀|부모")


@lru_cache(4096)
def is_nobody(character: str) -> bool:
    """Whether a name says nobody's: what an editing program calls a track, or a word such as Dialogue or 对白."""
    name = unicodedata.normalize("NFKC", character).strip()
    return not name or name.isdigit() or _NOBODY.fullmatch(name) is not None


def gender_of(character: str) -> str:
    """``female`` or ``male`` where a word or an honorific in the name says so (``WOMAN #2``, ``Mrs. Bennet``, 王先生),
    empty where none does or both do. First names are not judged."""
    name = unicodedata.normalize("NFKC", character).casefold()
    if _NEITHER.search(name):
        return ""
    words = {word.strip(".'’") for word in re.findall(r"[^\W\d_][^\W\d_.'’]*(?:['’][^\W\d_]+)?\.?", name)}
    female = bool(words & _FEMALE_WORDS) or _FEMALE_PARTS.search(name) is not None
    male = bool(words & _MALE_WORDS) or _MALE_PARTS.search(name) is not None
    return "" if female == male else "female" if female else "male"
