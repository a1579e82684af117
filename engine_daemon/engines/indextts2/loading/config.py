"""The shape of a model folder's networks, read from its ``config.yaml``, of IndexTTS-2 or IndexTTS-2.5.

Each section of a network is declared once, under the names that the file uses, and read strictly: a key that is
missing, unknown or of another kind is an error, as is a value that stands for another network. Keys that only training
reads are named and not looked at. The file's other sections are for other programs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import msgspec
import yaml
from msgspec import Meta, Struct, field

from framevox.engine_daemon.protocol.errors import InputError
from framevox.engine_daemon.text.line import Language

LAYERS_READ = 17
"""How many w2v-BERT layers are used: the model reads hidden state 17, and no later layer is run."""
TIKTOKEN = "multilingual_zh_ja_yue_char_del.tiktoken"
"""IndexTTS-2.5's text table; its configuration does not name it."""
CODEC_25 = "codec.pth"
"""IndexTTS-2.5's codec, which its configuration does not name either."""
_FETCH = "fetch the folder again with: framevox models pull indextts2 (or indextts2.5)"

Count = Annotated[int, Meta(ge=0)]
Unread = Any
"""Of a key that inference does not read."""


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Part of a network's configuration."""


class EncoderConfig(Section, frozen=True):
    """A Conformer and the Perceiver that reads it."""

    width: Count = field(name="output_size")
    heads: Count = field(name="attention_heads")
    inner: Count = field(name="linear_units")
    blocks: Count = field(name="num_blocks")
    perceiver_mult: Count
    input_layer: Literal["conv2d2"]


class DecoderConfig(Section, frozen=True, kw_only=True):
    """The language model and its emotion conditioner, as both releases have them."""

    width: Count = field(name="model_dim")
    layers: Count
    heads: Count
    text_pieces: Count = field(name="number_text_tokens")
    max_text: Count = field(name="max_text_tokens")
    mel_vocab: Count = field(name="number_mel_codes")
    max_mel: Count = field(name="max_mel_tokens")
    start_text: Count = field(name="start_text_token")
    stop_text: Count = field(name="stop_text_token")
    start_mel: Count = field(name="start_mel_token")
    stop_mel: Count = field(name="stop_mel_token")
    emotion: EncoderConfig = field(name="emo_condition_module")
    use_mel_codes_as_input: bool = True
    use_duration_control: bool = False
    """Whether the first duration slot was trained to hold the number of codes, as the paper has it (see
    ``GPT.duration_slots``). The released checkpoints were not, and no tensor tells: the table is that of positions."""
    mel_length_compression: Unread = None
    train_solo_embeddings: Unread = None

    def __post_init__(self) -> None:
        _insist(self, use_mel_codes_as_input=True)

    @property
    def text_vocab(self) -> int:
        """Rows of the text table: the tokenizer's pieces plus one."""
        return self.text_pieces + 1

    @property
    def text_positions(self) -> int:
        return self.max_text + 2

    @property
    def mel_positions(self) -> int:
        return self.max_mel + 3


class GPTConfig(DecoderConfig, frozen=True, kw_only=True):
    """IndexTTS-2's, which hears the speaker through a conditioner of its own."""

    use_mel_codes_as_input: bool
    condition_type: Literal["conformer_perceiver"]
    speaker: EncoderConfig = field(name="condition_module")


class GPT25Config(DecoderConfig, frozen=True, kw_only=True):
    """IndexTTS-2.5's, which knows the speaker by the style vector alone."""

    # What the release's own code assumes where the file says nothing.
    mel_vocab: Count = field(name="number_mel_codes", default=8194)
    start_text: Count = field(name="start_text_token", default=0)
    stop_text: Count = field(name="stop_text_token", default=1)
    start_mel: Count = field(name="start_mel_token", default=8192)
    stop_mel: Count = field(name="stop_mel_token", default=8193)
    # Of the conditioner that this release no longer has, and of training.
    condition_type: Unread = None
    condition_module: Unread = None
    condition_num_latent: Unread = None
    max_conditioning_inputs: Literal[1] = 1
    types: Literal[1] = 1
    checkpointing: Unread = None


class CodecConfig(Section, frozen=True, kw_only=True):
    codebook_size: Count
    codebook_dim: Count
    hidden: Count = field(name="hidden_size")
    width: Count = field(name="vocos_dim")
    inner: Count = field(name="vocos_intermediate_dim")
    layers: Count = field(name="vocos_num_layers")


class Codec25Config(CodecConfig, frozen=True, kw_only=True):
    """One code for every two frames. What the file does not say, the release's own code assumes."""

    codebook_size: Count = 8192
    codebook_dim: Count = 8
    hidden: Count = field(name="hidden_size", default=1024)
    width: Count = field(name="vocos_dim", default=384)
    inner: Count = field(name="vocos_intermediate_dim", default=2048)
    layers: Count = field(name="vocos_num_layers", default=12)
    downsample_scale: Literal[2] = 2
    num_quantizers: Literal[1] = 1


class SpectrumConfig(Section, frozen=True):
    n_fft: Count
    hop: Count = field(name="hop_length")
    bands: Count = field(name="n_mels")
    fmin: float
    highest: Any = field(name="fmax", default="None")
    win_length: Unread = None

    @property
    def fmax(self) -> float | None:
        """Upstream reads any value but the text "None" as 8000 Hz; the same reading keeps mels compatible."""
        return None if self.highest == "None" else 8000.0


class SoundConfig(Section, frozen=True):
    sample_rate: Count = field(name="sr")
    spectrum: SpectrumConfig = field(name="spect_params")


class StyleConfig(Section, frozen=True):
    width: Count = field(name="dim")


class RegulatorConfig(Section, frozen=True):
    """From codes to mel frames; ``width`` is that of the condition it makes."""

    width: Count = field(name="channels")
    ratios: list[Any] = field(name="sampling_ratios")
    """One convolution for each."""
    is_discrete: bool
    f0_condition: bool
    in_channels: Unread = None
    content_codebook_size: Unread = None
    vector_quantize: Unread = None
    n_codebooks: Unread = None
    quantizer_dropout: Unread = None
    n_f0_bins: Unread = None

    def __post_init__(self) -> None:
        _insist(self, is_discrete=False, f0_condition=False)


class DiTConfig(Section, frozen=True):
    """The flow-matching transformer."""

    width: Count = field(name="hidden_dim")
    heads: Count = field(name="num_heads")
    layers: Count = field(name="depth")
    bands: Count = field(name="in_channels")
    content: Count = field(name="content_dim")
    final_layer_type: Literal["wavenet"]
    style_condition: bool
    is_causal: bool
    long_skip_connection: bool
    time_as_token: bool
    style_as_token: bool
    uvit_skip_connection: bool
    zero_prompt_speech_token: bool
    add_resblock_in_transformer: Unread = None
    block_size: Unread = None
    class_dropout_prob: Unread = None
    content_codebook_size: Unread = None
    content_codebooks: Unread = None
    content_type: Unread = None
    f0_condition: Unread = None
    n_f0_bins: Unread = None
    target: Unread = None

    def __post_init__(self) -> None:
        _insist(
            self,
            style_condition=True,
            is_causal=False,
            long_skip_connection=True,
            time_as_token=False,
            style_as_token=False,
            uvit_skip_connection=True,
            zero_prompt_speech_token=False,
        )


class WaveNetConfig(Section, frozen=True):
    """The transformer's tail."""

    width: Count = field(name="hidden_dim")
    layers: Count = field(name="num_layers")
    kernel: Count = field(name="kernel_size")
    dilation: Count = field(name="dilation_rate")
    p_dropout: Unread = None
    style_condition: Unread = None


class S2MelConfig(Section, frozen=True):
    """Codes to mel: length regulator, flow-matching transformer and its WaveNet tail."""

    sound: SoundConfig = field(name="preprocess_params")
    style: StyleConfig = field(name="style_encoder")
    regulator: RegulatorConfig = field(name="length_regulator")
    dit: DiTConfig = field(name="DiT")
    wavenet: WaveNetConfig
    dit_type: Literal["DiT"]
    reg_loss_type: Unread = None

    def __post_init__(self) -> None:
        for held, rule in (
            (self.regulator.width == self.dit.content, "length_regulator.channels must be DiT.content_dim"),
            (self.wavenet.width == self.dit.width, "wavenet.hidden_dim must be DiT.hidden_dim"),
            (self.dit.bands == self.sound.spectrum.bands, "DiT.in_channels must be spect_params.n_mels"),
        ):
            if not held:
                raise ValueError(rule)


class TextTable(Struct, frozen=True):
    """Of the section ``dataset``, which is about training, the one file that inference reads."""

    bpe_model: str


class Release(Struct, frozen=True, kw_only=True):
    """What ``config.yaml`` says of the networks, and where in the folder their files are."""

    version: ClassVar[str]
    frames_per_code: ClassVar[int]
    """How many frames of 20 ms a semantic code stands for."""
    languages: ClassVar[tuple[Language, ...]]
    """What it speaks."""

    s2mel: S2MelConfig
    emotion_groups: Annotated[tuple[Annotated[int, Meta(gt=0)], ...], Meta(min_length=8, max_length=8)] = field(
        name="emo_num"
    )
    """How many rows of the emotion matrices belong to each of the eight emotions."""
    gpt_file: str = field(name="gpt_checkpoint")
    s2mel_file: str = field(name="s2mel_checkpoint")
    w2v_stat_file: str = field(name="w2v_stat")
    emotion_file: str = field(name="emo_matrix")
    speaker_file: str = field(name="spk_matrix")
    qwen_folder: str = field(name="qwen_emo_path", default="qwen0.6bemo4-merge/")

    @property
    def text_file(self) -> str:
        raise NotImplementedError

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the networks are read from, those of the hub's other repositories apart."""
        return (
            self.gpt_file,
            self.s2mel_file,
            self.text_file,
            self.w2v_stat_file,
            self.emotion_file,
            self.speaker_file,
        )


class Config2(Release, frozen=True, kw_only=True):
    """IndexTTS-2."""

    version = "2"
    frames_per_code = 1
    languages: ClassVar[tuple[Language, ...]] = ("zh", "en")

    gpt: GPTConfig
    codec: CodecConfig = field(name="semantic_codec")
    dataset: TextTable

    def __post_init__(self) -> None:
        _same_codes(self.gpt, self.codec)

    @property
    def text_file(self) -> str:
        return self.dataset.bpe_model


class Config25(Release, frozen=True, kw_only=True):
    """IndexTTS-2.5."""

    version = "2.5"
    frames_per_code = 2
    languages: ClassVar[tuple[Language, ...]] = ("zh", "en", "ja", "es", "ar")

    gpt: GPT25Config
    codec: Codec25Config = field(name="semantic_codec")

    def __post_init__(self) -> None:
        _same_codes(self.gpt, self.codec)

    @property
    def text_file(self) -> str:
        return TIKTOKEN

    @property
    def files(self) -> tuple[str, ...]:
        return (*super().files, CODEC_25)


ModelConfig: TypeAlias = "Config2 | Config25"


def _same_codes(gpt: DecoderConfig, codec: CodecConfig) -> None:
    if gpt.mel_vocab != codec.codebook_size + 2:
        raise ValueError("gpt.number_mel_codes must be semantic_codec.codebook_size + 2")


def _insist(section: Section, **wanted: bool) -> None:
    """Raises ValueError where a switch is set for another network."""
    for name, value in wanted.items():
        if getattr(section, name) is not value:
            raise ValueError(f"{name} must be {str(value).lower()}")


def read_config(path: Path) -> ModelConfig:
    """Reads ``config.yaml``, and tells by it which release the folder is of.

    Raises InputError naming the key that is missing, unknown or speaks of another model, and for another release.
    """
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as e:
        raise InputError(
            f"{path} is missing: fetch the model with: framevox models pull indextts2 (or indextts2.5)"
        ) from e
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as e:
        raise InputError(f"{path} cannot be read ({e}): {_FETCH}") from e
    kind = _release(path, tree)
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as e:
        raise InputError(
            f"{path} is not the configuration of an IndexTTS-{kind.version} release ({_reason(e)}): {_FETCH}"
        ) from e


def _release(path: Path, tree: Any) -> type[Config2] | type[Config25]:
    """Which release a configuration is of: by its codec, which makes half as many codes in 2.5, else by its version."""
    sections = tree if isinstance(tree, dict) else {}
    codec, gpt = (part if isinstance(part := sections.get(name), dict) else {} for name in ("semantic_codec", "gpt"))
    if "downsample_scale" in codec:
        return Config25
    try:
        version = float(sections.get("version", 2.5 if gpt and "condition_module" not in gpt else 2))
    except (TypeError, ValueError):
        return Config2
    if version not in (2.0, 2.5):
        raise InputError(
            f"{path} is of IndexTTS-{version:g}: the engine reads IndexTTS-2 and IndexTTS-2.5; "
            "fetch one with: framevox models pull indextts2 (or indextts2.5)"
        )
    return Config25 if version == 2.5 else Config2


def _reason(error: msgspec.ValidationError) -> str:
    """msgspec's words with the place first: ``gpt.layers: expected `int`, got `str```."""
    said, _, place = str(error).partition(" - at ")
    said = said[:1].lower() + said[1:]
    where = place.strip("`").removeprefix("$").removeprefix(".")
    return f"{where}: {said}" if where else said
