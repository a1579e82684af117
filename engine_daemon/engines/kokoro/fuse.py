"""Makes a cut graph cheaper to run, with the same results.

- The release's integer convolutions multiply unsigned activations by unsigned 7-bit weights, for which processors
  without VNNI have no fast kernel. With the activations shifted by 128 to signed bytes the same sums come out of the
  fast one, and 7 bits by 8 cannot overflow its 16-bit halves.
- Instance normalisation is spelled out as eight operators. In ``intone`` one operator does it. In ``speak`` it takes
  its mean and variance over *weighted* time: the model's levels and timbre rest on the long silences around a line, so
  a few silent units that are computed stand, with a weight, for all those that are not.
- A bias in front of an instance normalisation is taken out again by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import helper, numpy_helper

from .silence import RATES, weights_name

_INT8 = onnx.TensorProto.INT8


class _Graph:
    """A graph with its edges looked up by tensor name; ``nodes`` may be changed, then written back by ``close``."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self.nodes = list(model.graph.node)
        self.constants = {tensor.name: tensor for tensor in model.graph.initializer}
        self.index()

    def index(self) -> None:
        self.producer = {name: node for node in self.nodes for name in node.output}
        self.consumers: dict[str, list[onnx.NodeProto]] = defaultdict(list)
        for node in self.nodes:
            for name in node.input:
                self.consumers[name].append(node)

    def value(self, name: str) -> np.ndarray:
        array: np.ndarray = numpy_helper.to_array(self.constants[name])
        return array

    def add_constant(self, name: str, value: np.ndarray) -> str:
        self.constants[name] = numpy_helper.from_array(value, name)
        return name

    def made_by(self, name: str, operator: str) -> onnx.NodeProto | None:
        node = self.producer.get(name)
        return node if node is not None and node.op_type == operator else None

    def only_consumer(self, name: str, operator: str) -> onnx.NodeProto | None:
        nodes = self.consumers[name]
        return nodes[0] if len(nodes) == 1 and nodes[0].op_type == operator else None

    def close(self) -> None:
        """Writes back what the outputs still need, in an order in which it can run."""
        # Copies, because what is read lives in the lists that are emptied.
        outputs = [value.name for value in self._graph.output]
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in _in_order(self.producer, outputs)]
        used = {name for node in nodes for name in node.input}
        constants = [
            onnx.TensorProto.FromString(tensor.SerializeToString())
            for name, tensor in self.constants.items()
            if name in used
        ]
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(nodes)
        self._graph.initializer.extend(constants)


_RATES = {
    "decoder/decode.3/norm2": 2,
    "decoder/encode/": 1,
    "decoder/decode.": 1,
    "generator/resblocks.0/": 20,
    "generator/resblocks.1/": 20,
    "generator/resblocks.2/": 20,
    "generator/noise_res.0/": 20,
    "generator/resblocks.3/": 120,
    "generator/resblocks.4/": 120,
    "generator/resblocks.5/": 120,
    "generator/noise_res.1/": 120,
}
"""Part of a decoder normalisation's name -> its time steps in a unit; the first that fits holds."""


_WEIGHTED = "/weighted"


def fuse(model: onnx.ModelProto, *, weighted: bool) -> None:
    """Applies every rewriting to ``model`` in place; ``weighted`` adds the inputs of silence.py."""
    graph = _Graph(model)
    if weighted:
        for rate in RATES:
            model.graph.input.append(
                helper.make_tensor_value_info(weights_name(rate), onnx.TensorProto.FLOAT, [f"steps_{rate}"])
            )
    _normalise(graph, weighted)
    _drop_cancelled_biases(graph)
    _sign_activations(graph)
    graph.close()


def _in_order(producer: dict[str, onnx.NodeProto], outputs: Iterable[str]) -> list[onnx.NodeProto]:
    order: dict[int, onnx.NodeProto] = {}
    stack = [(producer[name], False) for name in outputs]
    while stack:
        node, ready = stack.pop()
        if id(node) in order:
            continue
        if ready:
            order[id(node)] = node
            continue
        stack.append((node, True))
        stack.extend((producer[name], False) for name in node.input if name in producer)
    return list(order.values())


def _normalise(graph: _Graph, weighted: bool) -> None:
    """Rewrites each ``(x - mean) / sqrt(variance + e) * scale + shift``."""
    for division in [node for node in graph.nodes if node.op_type == "Div"]:
        centred, deviation = graph.made_by(division.input[0], "Sub"), graph.made_by(division.input[1], "Sqrt")
        mean = centred and graph.made_by(centred.input[1], "ReduceMean")
        if centred is None or deviation is None or mean is None:
            continue
        variance = graph.made_by(deviation.input[0], "Add")
        moment = variance and graph.made_by(variance.input[0], "ReduceMean")
        if moment is None:
            raise ValueError(f"not the graph this engine knows: {division.name} normalises in an unknown way")
        if weighted:
            weights = weights_name(_rate(mean.output[0]))
            for statistic in (mean, moment):
                _weigh(graph, statistic, weights)
        # Blocks that share an input share the normalised signal, each with a scale and shift of its own.
        for scaled in list(graph.consumers[division.output[0]]):
            _scale_before(graph, scaled, centred, deviation)
    graph.index()


def _rate(name: str) -> int:
    for part, rate in _RATES.items():
        if part in name:
            return rate
    raise ValueError(f"not the graph this engine knows: {name} normalises at an unknown rate")


def _replace(graph: _Graph, node: onnx.NodeProto, operator: str, inputs: list[str]) -> None:
    graph.nodes = [other for other in graph.nodes if other is not node]
    graph.nodes.append(helper.make_node(operator, inputs, list(node.output)))


def _weigh(graph: _Graph, statistic: onnx.NodeProto, weights: str) -> None:
    """The sum of a channel's weighted steps, one row after the other: a MatMul would add them in another order with
    another number of threads, and the decoder makes another sound of the last bit."""
    weighted = statistic.output[0] + _WEIGHTED
    graph.nodes.append(helper.make_node("Mul", [statistic.input[0], weights], [weighted]))
    axis = graph.add_constant("time", np.array([-1], dtype=np.int64))
    _replace(graph, statistic, "ReduceSum", [weighted, axis])


def _scale_before(graph: _Graph, scaled: onnx.NodeProto, centred: onnx.NodeProto, deviation: onnx.NodeProto) -> None:
    """``centred / deviation * scale`` as ``centred * (scale / deviation)``: a pass over time less."""
    (scale,) = (name for name in scaled.input if graph.made_by(name, "Div") is None)
    factor = f"{scaled.output[0]}/factor"
    graph.nodes.append(helper.make_node("Div", [scale, deviation.output[0]], [factor]))
    _replace(graph, scaled, "Mul", [centred.output[0], factor])


def _drop_cancelled_biases(graph: _Graph) -> None:
    for convolution in [node for node in graph.nodes if node.op_type == "ConvInteger"]:
        biased = graph.only_consumer(convolution.output[0], "Add")
        cast = biased and graph.only_consumer(biased.output[0], "Cast")
        scaled = cast and graph.only_consumer(cast.output[0], "Mul")
        if cast is None or scaled is None:
            continue
        if all(_is_statistic(node) or node.op_type == "Sub" for node in graph.consumers[scaled.output[0]]):
            cast.input[0] = convolution.output[0]
    graph.index()


def _is_statistic(node: onnx.NodeProto) -> bool:
    return node.op_type == "ReduceMean" or node.output[0].endswith(_WEIGHTED)


def _sign_activations(graph: _Graph) -> None:
    half = graph.add_constant("half", np.array(128, dtype=np.uint8))
    signed: set[str] = set()
    for convolution in [node for node in graph.nodes if node.op_type == "ConvInteger"]:
        if graph.value(convolution.input[1]).max() > 127:
            continue  # 8-bit weights could overflow
        for position in (0, 2):
            name = convolution.input[position]
            if name not in signed:
                signed.add(name)
                graph.nodes.append(helper.make_node("BitwiseXor", [name, half], [f"{name}/shifted"]))
                graph.nodes.append(helper.make_node("Cast", [f"{name}/shifted"], [f"{name}/signed"], to=_INT8))
            convolution.input[position] = f"{name}/signed"
    graph.index()
