"""How good a recording is to take a voice from: what is wrong with it, and what to do about each thing.

Everything is measured on the recording alone, with thresholds set on real speech made worse on purpose:
``benchmarks/references.py`` prints what is caught and which good clips are refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from framevox.engine_daemon.audio.pitch import pitch_track
from framevox.engine_daemon.audio.reference import LOWEST_RATE, MIN_SECONDS

Floats = npt.NDArray[np.float64]
Mono = npt.NDArray[np.float32]

ADVISED_SECONDS = 5
LEAST_SNR_DB = 20.0
END_SECONDS = 1.0
"""Silence at an end that is worth a word."""

_HOP, _WINDOW = 0.016, 0.064
_QUIET_SHARE = 0.1
_FALL = 10  # of 10 ms
_MUSIC_SHARE = 0.3
_MUSIC_FRAMES = 40
_REVERBERATION_SECONDS = 0.45
_CLIPPED_SHARE = 0.0005
_HIGHEST_LEVEL_DB = -62.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a clip. ``refuses`` is False for what is only said."""

    kind: str
    what: str
    remedy: str
    refuses: bool = True

    def __str__(self) -> str:
        return f"{self.what}: {self.remedy}"


@dataclass(frozen=True, slots=True)
class Condition:
    """What was measured of a clip, by name, and what is wrong with it, worst first."""

    measured: dict[str, float]
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.refuses]


def condition(wave: Mono, sample_rate: int) -> Condition:
    """Measures a clip, mono float [n] within full scale. It may be of any rate and length above a tenth of a second."""
    spectra = _Spectra.of(wave, sample_rate)
    speech = spectra.speech
    seconds = float(speech.sum() * _HOP)
    head, tail = _silence(speech)
    pitch = pitch_track(wave, sample_rate)
    measured = {
        "seconds": len(wave) / sample_rate,
        "speech_seconds": seconds,
        "sample_rate": float(sample_rate),
        "snr_db": spectra.snr_db(),
        "clipped": clipped_share(wave),
        "tones": spectra.held_tones(),
        "reverberation_seconds": reverberation(wave, sample_rate),
        "highs_db": spectra.highs_db(),
        "speakers_tones": pitch.split(),
        "silence_before": head,
        "silence_after": tail,
        "pitch_hz": pitch.median,
    }
    measured = {name: round(value, 4) for name, value in measured.items()}
    return Condition(measured, _judge(measured))


def _judge(m: dict[str, float]) -> list[Finding]:
    found = []
    if m["sample_rate"] < LOWEST_RATE:
        what = f"the clip has {m['sample_rate']:.0f} samples a second, below {LOWEST_RATE}"
        found.append(Finding("rate", what, "use the original recording: it lacks the upper half of a voice"))
    elif m["highs_db"] < _HIGHEST_LEVEL_DB:
        what = "the clip has no sound above 4 kHz, as if it came from a telephone"
        found.append(Finding("highs", what, "use the original recording, not one converted up"))
    if m["speech_seconds"] < MIN_SECONDS:
        what = f"there are {m['speech_seconds']:.1f} s of speech in the clip"
        found.append(Finding("short", what, f"give at least {MIN_SECONDS} s, better {ADVISED_SECONDS} s"))
    elif m["speech_seconds"] < ADVISED_SECONDS:
        what = f"there are {m['speech_seconds']:.1f} s of speech in the clip"
        found.append(Finding("brief", what, f"{ADVISED_SECONDS} s or more come nearer to the speaker", refuses=False))
    if m["clipped"] > _CLIPPED_SHARE:
        what = f"the clip is clipped ({m['clipped']:.2%} of it at its ceiling)"
        found.append(Finding("clipped", what, "record at a lower level, or use a quieter part"))
    if m["tones"] > _MUSIC_SHARE:
        what = f"there are held tones behind the speech for {m['tones']:.0%} of the time, as of music"
        found.append(Finding("music", what, "use the dialogue track alone, without the score"))
    if m["speakers_tones"] > 0:
        what = f"there seem to be two speakers, {m['speakers_tones']:.0f} semitones apart"
        found.append(Finding("speakers", what, "choose a part in which only one speaks"))
    if m["snr_db"] < LEAST_SNR_DB:
        what = (
            f"the speech is {max(0.0, m['snr_db']):.0f} dB above the noise behind it, less than {LEAST_SNR_DB:.0f} dB"
        )
        found.append(Finding("noise", what, "use a part without noise, music or other voices, or a closer microphone"))
    elif m["reverberation_seconds"] > _REVERBERATION_SECONDS:  # noise hides how sound dies away
        what = f"the room echoes ({m['reverberation_seconds']:.1f} s of reverberation)"
        found.append(Finding("reverberation", what, "record nearer to the microphone, in a room with soft furniture"))
    for where, end in (("silence_before", "begins"), ("silence_after", "ends")):
        if m[where] > END_SECONDS:
            what = f"the clip {end} with {m[where]:.1f} s of silence"
            found.append(Finding(where, what, "it is left out", refuses=False))
    return found


def trim(wave: Mono, sample_rate: int, keep: float = 0.2) -> tuple[int, int]:
    """The samples [first, last) of a clip without the silence at its ends, but for ``keep`` seconds."""
    head, tail = _silence(_Spectra.of(wave, sample_rate).speech)
    first = max(0, round((head - keep) * sample_rate))
    return first, min(len(wave), len(wave) - max(0, round((tail - keep) * sample_rate)))


def clipped_share(wave: Mono) -> float:
    """The share of samples in a run of at least three at the clip's own ceiling, be that below full scale or not."""
    share = 0.0
    for side in (wave, -wave):
        peak = float(side.max())
        if peak > 0.05:
            flat = side >= 0.998 * peak
            share += float(np.mean(flat[2:] & flat[1:-1] & flat[:-2]))
    return share


@dataclass(frozen=True)
class _Spectra:
    """Power spectra of a clip [frames, bins], and in which frames somebody speaks."""

    power: Floats
    frequencies: Floats
    speech: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, wave: Mono, sample_rate: int) -> _Spectra:
        size, hop = round(_WINDOW * sample_rate), round(_HOP * sample_rate)
        padded = np.pad(wave.astype(np.float64), (0, max(0, size - len(wave))))
        frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
        power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2 / size
        frequencies = np.asarray(np.fft.rfftfreq(size, 1 / sample_rate), dtype=np.float64)
        # Rumble below a voice is no speech.
        level = 10 * np.log10(power[:, frequencies > 80].sum(1) + 1e-10)
        loud, quiet = np.percentile(level, 95), np.percentile(level, 5)
        return cls(power, frequencies, level > max(loud - 30, min(quiet + 6, loud - 12)))

    def snr_db(self) -> float:
        """Speech over noise [dB]. Noise is what each frequency falls back to between sounds of speech."""
        # Four frames averaged vary less; a tenth of them lies below this share of the mean where there is noise alone.
        smooth = np.apply_along_axis(lambda bins: np.convolve(bins, np.ones(4) / 4, "valid"), 0, self.power)
        band = (self.frequencies > 80) & (self.frequencies < 7600)
        noise = np.percentile(smooth, 100 * _QUIET_SHARE, axis=0) / _TENTH_OF_NOISE
        speech = self.power[self.speech].mean(0) if self.speech.any() else noise
        both, alone = float(speech[band].sum()), float(noise[band].sum())
        return float(10 * np.log10(max(both - alone, 1e-12) / max(alone, 1e-12)))

    def highs_db(self) -> float:
        """The level of 4.2 to 7 kHz against that of 0.2 to 3.4 kHz, in speech [dB]."""
        mean = self.power[self.speech].mean(0) if self.speech.any() else self.power.mean(0)
        low = mean[(self.frequencies > 200) & (self.frequencies < 3400)].sum()
        high = mean[(self.frequencies > 4200) & (self.frequencies < 7000)].sum()
        return float(10 * np.log10((high + 1e-12) / (low + 1e-12)))

    def held_tones(self) -> float:
        """The share of the time in which a tone is held for over half a second, which no voice does without gliding."""
        band = (self.frequencies > 100) & (self.frequencies < 5000)
        level = 10 * np.log10(self.power[:, band] + 1e-12)
        peaks = np.zeros(level.shape, bool)
        around = np.maximum(np.roll(level, 3, 1), np.roll(level, -3, 1))
        inside = slice(3, -3)
        highest = (level >= np.roll(level, 1, 1)) & (level >= np.roll(level, -1, 1))
        audible = level > np.percentile(level.max(1), 95) - 45
        peaks[:, inside] = (highest & (level > around + 6) & audible)[:, inside]
        # Speech over a tone hides it now and then, so a fifth of the time it may be missing.
        if len(peaks) < _MUSIC_FRAMES:
            return 0.0
        sums = np.cumsum(np.pad(peaks.astype(np.int64), ((1, 0), (0, 0))), axis=0)
        held = (sums[_MUSIC_FRAMES:] - sums[:-_MUSIC_FRAMES] >= 0.8 * _MUSIC_FRAMES).any(1)
        tonal = np.convolve(held, np.ones(_MUSIC_FRAMES)) > 0
        return float(tonal.mean())


_TENTH_OF_NOISE = 0.34
"""Of noise alone, the averages of ``snr_db`` lie in their lowest tenth below this share of its mean power."""


def _silence(speech: npt.NDArray[np.bool_]) -> tuple[float, float]:
    places = np.flatnonzero(speech)
    if not len(places):
        return len(speech) * _HOP, 0.0
    return float(places[0] * _HOP), float((len(speech) - 1 - places[-1]) * _HOP)


def reverberation(wave: Mono, sample_rate: int) -> float:
    """How long sound takes to die away by 60 dB [s], from its fastest falls: none is faster than the room lets it.

    0 where nothing falls far enough above the noise to tell.
    """
    size = round(0.01 * sample_rate)
    frames = wave[: len(wave) // size * size].reshape(-1, size).astype(np.float64)
    level = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    level = np.convolve(level, np.ones(3) / 3, "valid")
    if len(level) <= 2 * _FALL:
        return 0.0
    top, floor = np.percentile(level, 98), np.percentile(level, 5)
    before, after = level[:-_FALL], level[_FALL:]
    clear = (before > top - 20) & (after > floor + 3)
    if clear.sum() < 20:
        return 0.0
    fall = -float(np.percentile((after - before)[clear], 3)) / (_FALL * 0.01)
    return min(60 / fall, 9.0) if fall > 0 else 9.0
