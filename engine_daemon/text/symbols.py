"""Punctuation of every script as the few marks that speak, and the symbols that are said as words."""

from __future__ import annotations

MARKS = {
    ",": ",", "，": ",", "、": ",", "､": ",", "،": ",", "(": ",", ")": ",", "[": ",", "]": ",", "{": ",", "}": ",",
    "【": ",", "】": ",", "〔": ",", "〕": ",", "〈": ",", "〉": ",", "/": ",", "|": ",",
    ".": ".", "。": ".", "｡": ".", "۔": ".", "।": ".",
    "?": "?", "؟": "?", "‽": "?!", "¿": "", "¡": "",
    "!": "!", ";": ";", "؛": ";", ":": ":",
    "—": "—", "–": "—", "~": "—", "…": "…",
}  # fmt: skip
"""A character of punctuation (after folding) -> the ``Mark.symbol`` it speaks as; "" for those that say nothing."""

SILENT = frozenset("\"'“”„‟«»‹›「」『』《》〝〞〟・·•‧-–―\u00ad\u200b\ufeff\u2060")
"""Quotation marks, name dots, hyphens left standing: no sound of their own, dropped without a warning.

Quotation marks that set words apart become marks all the same: see quotes.py."""

SPOKEN = frozenset("%‰&+@°#=×÷$€£¥₩<>")
"""Symbols that are said as words where they do not stand with a figure."""

SYMBOLS_EN = {
    "%": "percent", "‰": "per mille", "&": "and", "+": "plus", "@": "at", "°": "degrees", "#": "hash", "=": "equals",
    "×": "times", "÷": "divided by", "$": "dollars", "€": "euros", "£": "pounds", "¥": "yen", "₩": "won",
    "<": "less than", ">": "greater than",
}  # fmt: skip
SYMBOLS_ZH = {
    "%": "百分号", "‰": "千分号", "&": "和", "+": "加", "@": "艾特", "°": "度", "#": "井号", "=": "等于", "×": "乘",
    "÷": "除以", "$": "美元", "€": "欧元", "£": "英镑", "¥": "元", "₩": "韩元", "<": "小于", ">": "大于",
}  # fmt: skip
SYMBOLS_JA = {
    "%": "パーセント", "‰": "パーミル", "&": "アンド", "+": "プラス", "@": "アット", "°": "ド", "#": "シャープ",
    "=": "イコール", "×": "カケル", "÷": "ワル", "$": "ドル", "€": "ユーロ", "£": "ポンド", "¥": "エン",
    "₩": "ウォン", "<": "ショーナリ", ">": "ダイナリ",
}  # fmt: skip
SYMBOLS_KO = {
    "%": "퍼센트", "‰": "퍼밀", "&": "앤드", "+": "더하기", "@": "골뱅이", "°": "도", "#": "샵", "=": "는",
    "×": "곱하기",
    "÷": "나누기", "$": "달러", "€": "유로", "£": "파운드", "¥": "엔", "₩": "원", "<": "보다 작은", ">": "보다 큰",
}  # fmt: skip
