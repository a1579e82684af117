"""The semantic encoder: the first 17 layers of w2v-BERT 2.0, from transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import nn

from framevox.engine_daemon.engines.indextts2.features import makers
from framevox.engine_daemon.engines.indextts2.loading.checkpoint import PULL, build, load_strictly, read_state
from framevox.engine_daemon.engines.indextts2.loading.config import LAYERS_READ
from framevox.engine_daemon.protocol.errors import InputError


def classes() -> tuple[Any, Any]:
    """transformers' configuration and model.

    transformers imports torchaudio where it is installed, though this model does not need it: one that fails to load is
    found and hidden before.
    """
    from transformers.utils import import_utils

    makers()
    import_utils.is_torchaudio_available.cache_clear()
    from transformers import Wav2Vec2BertConfig, Wav2Vec2BertModel

    return Wav2Vec2BertConfig, Wav2Vec2BertModel


def load_w2v(folder: Path) -> tuple[nn.Module, int]:
    """-> the encoder whose last hidden state is w2v-BERT's hidden state 17, and how wide that is. Raises InputError
    for an unfit folder."""
    config_class, model_class = classes()
    path = folder / "config.json"
    try:
        config = config_class.from_json_file(path)
    except (OSError, ValueError) as e:
        raise InputError(f"{path} is missing or damaged: {PULL}") from e
    if config.num_hidden_layers < LAYERS_READ:
        raise InputError(f"{folder} has {config.num_hidden_layers} layers where the model reads {LAYERS_READ}: {PULL}")
    rest = "|".join(str(i) for i in range(LAYERS_READ, config.num_hidden_layers))
    config.num_hidden_layers = LAYERS_READ
    config.mask_time_prob = config.mask_feature_prob = 0.0  # no masking, so no mask embedding to load either
    net: nn.Module = build(model_class, config)
    path = folder / "model.safetensors"
    unused = ("masked_spec_embed", rf"encoder\.layers\.({rest})\..*") if rest else ("masked_spec_embed",)
    load_strictly(net, read_state(path), str(path), unused=unused)
    return net, int(config.hidden_size)
