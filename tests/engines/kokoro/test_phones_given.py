"""Phones that the user gave, in the model's symbols."""

from __future__ import annotations

import pytest

from framevox.engine_daemon.engines.kokoro.phonemes import phones, vocabulary
from framevox.engine_daemon.protocol.rules import Rule
from framevox.engine_daemon.text import read_line


def symbols(line: str, *rules: tuple[str, ...], language: str = "auto") -> str:
    found = phones(read_line(line, language, [Rule(*rule) for rule in rules]))
    assert all(phone.symbol in vocabulary() for phone in found)
    return "".join(phone.symbol for phone in found)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("wɪn", "wˈɪn"),
        ("W IH1 N", "wˈɪn"),
        ("ˌdʒɛnəˈreɪʃən", "ʤˌɛnəɹˈAʃən"),
        ("JH EH2 N ER0 EY1 SH AH0 N", "ʤˌɛnəɹˈAʃən"),
        ("ˈzoʊiː", "zˈOi"),
        ("/bed/", "bˈɛd"),
        ("/nɜːs/", "nˈɜɹs"),
        ("lɔˈʁɑ̃", "lɔɹˈɑn"),
        ("t͡ʃaʊ", "ʧˈW"),
        ("ɲɔ.ki", "njˈɔki"),
    ],
)
def test_ipa_and_cmu_become_the_lexicon_s_symbols(written: str, said: str) -> None:
    assert symbols("zzqx", ("zzqx", written)) == said


def test_what_the_lexicon_says_is_said_alike_when_it_is_given() -> None:
    for word, cmu in (("generation", "JH EH2 N ER0 EY1 SH AH0 N"), ("bank", "B AE1 NG K"), ("window", "W IH1 N D OW0")):
        assert symbols(word, (word, cmu)) == symbols(word)


def test_the_words_around_listen_to_given_phones() -> None:
    assert symbols("the zzqx", ("zzqx", "æpəl")).startswith("ði ")
    assert symbols("the zzqx", ("zzqx", "bæpəl")).startswith("ðə ")
    assert symbols("a zzqx's", ("zzqx", "bɑs")) == "ɐ bˈɑsɪz"


def test_other_languages_take_ipa_as_it_is() -> None:
    assert symbols("El Xaxa", ("Xaxa", "ˈʃaʃa"), language="es").endswith("ʃˈaʃa")
    assert symbols("नमस्ते दोस्त", ("नमस्ते", "nəməsteː")).startswith("nˈəməsteː ")


@pytest.mark.parametrize("language", ["zh", "ja", "ko"])
def test_ipa_is_no_reading_of_characters(language: str) -> None:
    assert symbols("Nguyen 你好", ("Nguyen", "wɪn"), language=language).startswith("wˈɪn ")
