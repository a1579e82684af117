"""Cuts the packaged Kokoro graph in three, so that text is read once and a length is settled before it is spoken.

The release is one graph: tokens, style and speed in, sound out. Inside, a text encoder chooses how many 25 ms units
each token lasts and repeats its features that often; a small network draws pitch and energy over those units; a
decoder, which costs nearly all the time, turns the three into sound. Cut at both seams:

- ``read``: tokens [1, n], style [1, 256] -> durations [1, n] before rounding, and features per token;
- ``intone``: prosody features per unit [1, 640, u], style -> pitch [1, 2u] (Hz) and energy [1, 2u];
- ``speak``: text features per unit [1, 512, u], pitch, energy, style -> audio [600 u].
"""

from __future__ import annotations

from collections.abc import Mapping

import onnx

_FLOAT, _INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
Signature = Mapping[str, tuple[int, list[int | str]]]
"""Tensor name in the cut graph -> element type and shape."""

Cut = tuple[Mapping[str, str], Mapping[str, str], Signature]
"""Inputs and outputs of a part (name in the release -> name in the part), and their types."""

_STYLE: Signature = {"style": (_FLOAT, [1, 256])}
_READ: Cut = (
    {"tokens": "tokens", "style": "style"},
    {
        "/encoder/predictor/ReduceSum_output_0": "durations",
        "/encoder/predictor/text_encoder/Concat_4_output_0": "prosody",
        "/encoder/text_encoder/Transpose_2_output_0": "text",
    },
    {
        **_STYLE,
        "tokens": (_INT64, [1, "phones"]),
        "durations": (_FLOAT, [1, "phones"]),
        "prosody": (_FLOAT, [1, "phones", 640]),
        "text": (_FLOAT, [1, 512, "phones"]),
    },
)
_INTONE: Cut = (
    {"/encoder/MatMul_output_0": "prosody", "style": "style"},
    {"/encoder/Reshape_output_0": "pitch", "/encoder/Reshape_1_output_0": "energy"},
    {
        **_STYLE,
        "prosody": (_FLOAT, [1, 640, "units"]),
        "pitch": (_FLOAT, [1, "frames"]),
        "energy": (_FLOAT, [1, "frames"]),
    },
)
_SPEAK: Cut = (
    {
        "/encoder/MatMul_1_output_0": "text",
        "/encoder/Reshape_output_0": "pitch",
        "/encoder/Reshape_1_output_0": "energy",
        "style": "style",
    },
    {"audio": "audio"},
    {
        **_STYLE,
        "text": (_FLOAT, [1, 512, "units"]),
        "pitch": (_FLOAT, [1, "frames"]),
        "energy": (_FLOAT, [1, "frames"]),
        "audio": (_FLOAT, ["samples"]),
    },
)


def split(model: onnx.ModelProto) -> dict[str, onnx.ModelProto]:
    """The release's graph as ``{"read": ..., "intone": ..., "speak": ...}``. Raises ValueError if it is another one."""
    return {"read": _cut(model, *_READ), "intone": _cut(model, *_INTONE), "speak": _cut(model, *_SPEAK)}


def _cut(
    model: onnx.ModelProto,
    inputs: Mapping[str, str],
    outputs: Mapping[str, str],
    types: Signature,
) -> onnx.ModelProto:
    """The part of ``model`` between ``inputs`` and ``outputs`` (old name -> new name)."""
    producer = {name: index for index, node in enumerate(model.graph.node) for name in node.output}
    known = producer.keys() | {value.name for value in model.graph.input}
    if missing := sorted((inputs.keys() | outputs.keys()) - known):
        raise ValueError(f"not the graph this engine knows: it has no {', '.join(missing)}")
    wanted: set[int] = set()
    open_names = list(outputs)
    while open_names:
        name = open_names.pop()
        if name in inputs or name not in producer or producer[name] in wanted:
            continue
        wanted.add(producer[name])
        open_names.extend(model.graph.node[producer[name]].input)

    rename = {**inputs, **outputs}
    nodes = []
    for index in sorted(wanted):
        node = onnx.NodeProto()
        node.CopyFrom(model.graph.node[index])
        node.input[:] = [rename.get(name, name) for name in node.input]
        node.output[:] = [rename.get(name, name) for name in node.output]
        nodes.append(node)
    used = {name for node in nodes for name in node.input}
    graph = onnx.helper.make_graph(
        nodes,
        "kokoro",
        [onnx.helper.make_tensor_value_info(name, *types[name]) for name in inputs.values()],
        [onnx.helper.make_tensor_value_info(name, *types[name]) for name in outputs.values()],
        [tensor for tensor in model.graph.initializer if tensor.name in used],
    )
    return onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version)
