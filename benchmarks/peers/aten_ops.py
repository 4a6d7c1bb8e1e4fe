"""How operations of torch.export are written in a recorded graph (goldens/recorded-graph.md).

TRANSLATIONS has a function for each: it takes the recorder, the exported node and the node's
arguments, emits nodes and returns the id of the last one, or a list of ids where there are
several results.
"""
import torch

# what changes neither values nor shape
PASSED_ON = {"aten.clone", "aten.alias", "aten.contiguous", "aten.detach", "aten.dropout"}

ELEMENTWISE = {
    "aten.add.Tensor": "add",
    "aten.sub.Tensor": "sub",
    "aten.mul.Tensor": "mul",
    "aten.div.Tensor": "div",
    "aten.pow.Tensor_Scalar": "pow",
    "aten.le.Tensor": "le",
    "aten.__and__.Tensor": "and",
    "aten.bitwise_not": "not",
    "aten.neg": "neg",
    "aten.exp": "exp",
    "aten.rsqrt": "rsqrt",
    "aten.cos": "cos",
    "aten.sin": "sin",
    "aten.tanh": "tanh",
    "aten.silu": "silu",
    "aten.matmul": "matmul",
    "aten.where.self": "where",
    "aten.where.ScalarOther": "where",
}
RESHAPES = ["aten.view", "aten._unsafe_view", "aten.reshape", "aten.unsqueeze", "aten.squeeze.dim"]

TRANSLATIONS = {}


def translates(*names):
    def register(function):
        for name in names:
            TRANSLATIONS[name] = function
        return function

    return register


def value(node):
    return node.meta["val"]


def positive(dim: int, node) -> int:
    return dim % value(node).dim()


@translates(*ELEMENTWISE)
def elementwise(recorder, node, *operands):
    name = ELEMENTWISE[str(node.target).removesuffix(".default")]
    return recorder.emit(name, [recorder.operand(x) for x in operands], value(node))


@translates(*RESHAPES)
def reshape(recorder, node, x, *_):
    return recorder.emit("reshape", [recorder.ids[x]], value(node))


@translates("aten.expand")
def expand(recorder, node, x, _):
    if value(x).shape == value(node).shape:
        return recorder.ids[x]
    rank, shape = value(node).dim(), list(value(x).shape)
    source = recorder.ids[x]
    if len(shape) < rank:
        shape = [1] * (rank - len(shape)) + shape
        source = recorder.emit("reshape", [source], value(x), shape=shape)
    return recorder.emit("expand", [source], value(node))


@translates("aten.permute")
def permute(recorder, node, x, dims):
    return recorder.emit("permute", [recorder.ids[x]], value(node), {"dims": list(dims)})


@translates("aten.transpose.int")
def transpose(recorder, node, x, first, second):
    dims = list(range(value(x).dim()))
    first, second = positive(first, x), positive(second, x)
    dims[first], dims[second] = second, first
    return permute(recorder, node, x, dims)


def sliced(recorder, x, dim, start, end, step=1):
    """The id of x[..., start:end:step, ...], or of x where that is all of it."""
    shape = list(value(x).shape)
    start, end, step = slice(start, end, step).indices(shape[dim])
    if (start, end, step) == (0, shape[dim], 1):
        return recorder.ids[x]
    attrs = {"start": [0] * len(shape), "end": list(shape), "step": [1] * len(shape)}
    attrs["start"][dim], attrs["end"][dim], attrs["step"][dim] = start, end, step
    shape[dim] = len(range(start, end, step))
    return recorder.emit("slice", [recorder.ids[x]], value(x), attrs, shape=shape)


@translates("aten.slice.Tensor")
def slice_tensor(recorder, _, x, dim=0, start=None, end=None, step=1):
    return sliced(recorder, x, positive(dim, x), start, end, step)


@translates("aten.select.int")
def select(recorder, node, x, dim, index):
    dim = positive(dim, x)
    index %= value(x).shape[dim]
    part = sliced(recorder, x, dim, index, index + 1)
    return recorder.emit("reshape", [part], value(node))


@translates("aten.split.Tensor", "aten.split_with_sizes")
def split(recorder, node, x, _, dim=0):
    dim = positive(dim, x)
    parts, start = [], 0
    for part in value(node):
        parts.append(sliced(recorder, x, dim, start, start + part.shape[dim]))
        start += part.shape[dim]
    return parts


@translates("<built-in function getitem>")
def getitem(recorder, _, several, index):
    return recorder.ids[several][index]


@translates("aten.cat")
def cat(recorder, node, parts, dim=0):
    return recorder.emit(
        "cat", [recorder.ids[x] for x in parts], value(node), {"dim": positive(dim, node)}
    )


@translates("aten.repeat_interleave.self_int")
def repeat_interleave(recorder, node, x, times, dim, **_):
    dim = positive(dim, x)
    if times == 1:
        return recorder.ids[x]
    shape = list(value(x).shape)
    apart, wide = shape[: dim + 1] + [1], shape[: dim + 1] + [times]
    single = recorder.emit("reshape", [recorder.ids[x]], value(x), shape=apart + shape[dim + 1 :])
    repeated = recorder.emit("expand", [single], value(x), shape=wide + shape[dim + 1 :])
    return recorder.emit("reshape", [repeated], value(node))


@translates("aten._to_copy")
def to_copy(recorder, node, x, dtype=None, **_):
    if value(node).dtype == value(x).dtype:
        return recorder.ids[x]
    to = str(value(node).dtype).removeprefix("torch.")
    return recorder.emit("cast", [recorder.ids[x]], value(node), {"to": to})


@translates("aten.new_ones", "aten.ones")
def ones(recorder, node, *_, **__):
    one = True if value(node).dtype == torch.bool else 1
    return recorder.emit("full", [], value(node), {"value": one})


@translates("aten.zeros_like", "aten.zeros")
def zeros(recorder, node, *_, **__):
    return recorder.emit("full", [], value(node), {"value": 0})


@translates("aten.arange", "aten.arange.start")
def arange(recorder, node, *bounds, **_):
    start = bounds[0] if len(bounds) > 1 else 0
    return recorder.emit("arange", [], value(node), {"start": start, "step": 1})


@translates("aten.tril")
def tril(recorder, node, x, diagonal=0):
    return recorder.emit("tril", [recorder.ids[x]], value(node), {"diagonal": diagonal})


@translates("aten.masked_fill.Scalar")
def masked_fill(recorder, node, x, mask, filling):
    inputs = [recorder.ids[mask], recorder.operand(filling), recorder.ids[x]]
    return recorder.emit("where", inputs, value(node))


@translates("aten.sum.dim_IntList", "aten.mean.dim")
def reduction(recorder, node, x, dims, keepdim=False):
    name = "sum" if "sum" in str(node.target) else "mean"
    attrs = {"dims": [positive(dim, x) for dim in dims], "keepdim": keepdim}
    return recorder.emit(name, [recorder.ids[x]], value(node), attrs)


@translates("aten.softmax.int", "aten.cumsum")
def along(recorder, node, x, dim, *_):
    name = "softmax" if "softmax" in str(node.target) else "cumsum"
    return recorder.emit(name, [recorder.ids[x]], value(node), {"dim": positive(dim, x)})


@translates("aten.topk")
def topk(recorder, node, x, k, dim=-1, largest=True, *_):
    dim = positive(dim, x)
    values, indices = value(node)
    attrs = {"k": k, "dim": dim, "largest": largest}
    index = recorder.emit("topk_idx", [recorder.ids[x]], indices, attrs)
    return [recorder.emit("gather", [recorder.ids[x], index], values, {"dim": dim}), index]


@translates("aten.index.Tensor")
def index_tensor(recorder, node, x, indices):
    dims = [dim for dim, index in enumerate(indices) if index is not None]
    inputs = [recorder.ids[x], *(recorder.ids[indices[dim]] for dim in dims)]
    return recorder.emit("index", inputs, value(node), {"dims": dims})


@translates("aten.clamp")
def clamp(recorder, node, x, least=None, most=None):
    bounds = {"min": least, "max": most}
    attrs = {name: None if b in (None, float("inf")) else b for name, b in bounds.items()}
    return recorder.emit("clamp", [recorder.ids[x]], value(node), attrs)


@translates("aten.softplus")
def softplus(recorder, node, x, beta=1.0, threshold=20.0):
    attrs = {"beta": float(beta), "threshold": float(threshold)}
    return recorder.emit("softplus", [recorder.ids[x]], value(node), attrs)


@translates("aten.pad")
def pad(recorder, node, x, widths, mode="constant", filling=None):
    if mode != "constant":
        raise NotImplementedError(f"padding of mode {mode}")
    if not any(widths):
        return recorder.ids[x]
    # written without the dimensions at the front that stay as they are
    while not any(widths[-2:]):
        widths = widths[:-2]
    attrs = {"pad": list(widths), "value": filling or 0}
    return recorder.emit("pad", [recorder.ids[x]], value(node), attrs)


@translates("aten.embedding")
def embedding(recorder, node, weight, ids, *_):
    return recorder.emit("embedding", [recorder.ids[weight], recorder.ids[ids]], value(node))


@translates("aten.linear")
def linear(recorder, node, x, weight, bias=None):
    inputs = [recorder.ids[x], recorder.ids[weight], recorder.operand(bias)]
    return recorder.emit("linear", inputs, value(node))


@translates("aten.addmm")
def addmm(recorder, node, bias, left, right):
    product = recorder.emit("matmul", [recorder.ids[left], recorder.ids[right]], value(node))
    return recorder.emit("add", [product, recorder.ids[bias]], value(node))


@translates("aten.layer_norm")
def layer_norm(recorder, node, x, shape, weight=None, bias=None, eps=1e-5, _=True):
    inputs = [recorder.ids[x], recorder.operand(weight), recorder.operand(bias)]
    return recorder.emit("layer_norm", inputs, value(node), {"axes": len(shape), "eps": eps})


@translates("aten.conv1d")
def conv1d(recorder, node, x, weight, bias=None, stride=(1,), padding=(0,), dilation=(1,), groups=1):
    attrs = {"stride": list(stride), "padding": list(padding), "dilation": list(dilation)}
    inputs = [recorder.ids[x], recorder.ids[weight], recorder.operand(bias)]
    return recorder.emit("conv1d", inputs, value(node), {**attrs, "groups": groups})


@translates("automodel.grouped_linear")
def grouped_linear(recorder, node, x, weight, expert, transposed):
    inputs = [recorder.ids[x], recorder.ids[weight], recorder.ids[expert], None]
    return recorder.emit("grouped_linear", inputs, value(node), {"transposed": transposed})
