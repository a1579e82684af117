"""What to tell where the vocoder's activation cannot run as one kernel; asked before torch is loaded, too."""

from __future__ import annotations

PACKAGE = "triton"
WINDOWS_PACKAGE = "triton-windows"


def unfused(why: str, platform: str = "") -> str:
    """Returns the sentence; ``platform`` is ``sys.platform`` where another Triton would help, empty where it would
    not."""
    slower = f"{why}, so the vocoder's activation runs operation by operation, which makes speech slower"
    if not platform:
        return f"{slower}: see the log"
    name = WINDOWS_PACKAGE if platform == "win32" else PACKAGE
    return f"{slower}: run `pip install {name}`, in a version that fits the installed torch"


def missing_before_loading(uses_card: bool, mode: str, has_triton: bool, platform: str) -> str:
    """Returns what is known to lack before the model is loaded, empty where nothing is: on a card that is not driven
    operation by operation anyway, a Triton that is not installed."""
    if not uses_card or mode == "eager" or has_triton:
        return ""
    return unfused("Triton is not installed", platform)
