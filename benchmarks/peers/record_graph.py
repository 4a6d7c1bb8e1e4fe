"""Records the forward pass of a Hugging Face folder as graph.json, for models without a package.

Usage: python record_graph.py MODEL_DIR ROWS COLUMNS OUT_DIR
OUT_DIR gets config.json, model.safetensors with the parameters by the names that PyTorch has for
them, and graph.json for batches of ROWS rows of COLUMNS tokens: the format is
goldens/recorded-graph.md. The pass is taken from torch.export; how each of its operations is
written stands in aten_ops.py, and one that is not there is an error. The graph is then computed by
goldens/recorded_graph_torch.py and has to give the logits of the model.
"""
import argparse
import json
import math
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.integrations.moe import ALL_EXPERTS_FUNCTIONS

from aten_ops import PASSED_ON, TRANSLATIONS

TOLERANCE = 1e-5  # of logits, relative to the largest


class LogitsOnly(torch.nn.Module):
    """The model as a function of what a batch brings."""

    def __init__(self, model) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        output = self.model(input_ids=input_ids, attention_mask=attention_mask, use_cache=False)
        return output.logits


@torch.library.custom_op("automodel::grouped_linear", mutates_args=())
def grouped_linear(
    x: torch.Tensor, weight: torch.Tensor, expert: torch.Tensor, transposed: bool
) -> torch.Tensor:
    chosen = weight[expert] if transposed else weight[expert].transpose(1, 2)
    return torch.bmm(x[:, None], chosen)[:, 0]


@grouped_linear.register_fake
def _(x, weight, expert, transposed):
    return x.new_empty(x.shape[0], weight.shape[2 if transposed else 1])


def experts_forward(self, hidden_states, top_k_index, top_k_weights):
    """Experts as two grouped products, which have static shapes whatever the router says."""
    if self.has_bias or not self.has_gate:
        raise NotImplementedError(f"experts of {type(self).__name__}: only gated, without biases")
    tokens, width = hidden_states.shape
    chosen = top_k_index.shape[1]
    x = hidden_states[:, None].expand(tokens, chosen, width).reshape(-1, width)
    expert = top_k_index.reshape(-1)
    gated = self._apply_gate(grouped_linear(x, self.gate_up_proj, expert, self.is_transposed))
    y = grouped_linear(gated, self.down_proj, expert, self.is_transposed)
    y = y * top_k_weights.reshape(-1)[:, None]
    return y.reshape(tokens, chosen, width).sum(1)


class Recorder:
    """Writes an exported program node by node."""

    def __init__(self, program, parameters: dict[str, str]) -> None:
        self.program = program
        self.parameters = parameters
        self.nodes: list[dict] = []
        self.ids: dict[torch.fx.Node, int] = {}
        self.scope: list[str] = []

    def emit(self, op: str, inputs, like, attrs=None, shape=None, dtype=None) -> int:
        """A node of the shape and dtype of the tensor `like`, where none are given."""
        node = {"id": len(self.nodes), "op": op, "in": list(inputs)}
        if attrs is not None:
            node["attrs"] = attrs
        node["shape"] = list(like.shape if shape is None else shape)
        node["dtype"] = str(like.dtype if dtype is None else dtype).removeprefix("torch.")
        node["scope"] = self.scope
        self.nodes.append(node)
        return node["id"]

    def operand(self, value):
        """The id of a tensor, a number as the format writes it, or nothing."""
        if value is None:
            return None
        return self.ids[value] if isinstance(value, torch.fx.Node) else {"c": number(value)}

    def placeholders(self) -> None:
        signature = self.program.graph_signature
        constants = signature.inputs_to_lifted_tensor_constants
        buffers = signature.inputs_to_buffers
        known = {**self.program.state_dict, **self.program.constants}
        for node in self.program.graph.nodes:
            if node.op != "placeholder" or not node.users:
                continue
            like = node.meta["val"]
            if node.name in signature.inputs_to_parameters:
                name = self.parameters[signature.inputs_to_parameters[node.name]]
                self.ids[node] = self.emit("param", [], like, {"name": name}, dtype=torch.float32)
            elif node.name in constants or node.name in buffers:
                tensor = known[constants.get(node.name) or buffers[node.name]]
                data = {"data": [number(x) for x in tensor.flatten().tolist()]}
                self.ids[node] = self.emit("const", [], like, data)
            else:
                self.ids[node] = self.emit("input", [], like, {"name": node.name})

    def calls(self) -> None:
        for node in self.program.graph.nodes:
            if node.op != "call_function" or "_assert_tensor_metadata" in str(node.target):
                continue
            self.scope = scope_of(node)
            name = str(node.target).removesuffix(".default")
            if name in PASSED_ON:
                self.ids[node] = self.ids[node.args[0]]
            elif name in TRANSLATIONS:
                self.ids[node] = TRANSLATIONS[name](self, node, *node.args, **node.kwargs)
            else:
                raise NotImplementedError(f"{name} in {' '.join(self.scope)} is not in aten_ops.py")

    def graph(self, architecture: str) -> dict:
        self.placeholders()
        self.calls()
        (output,) = next(n for n in self.program.graph.nodes if n.op == "output").args[0]
        return {
            "format": "recorded-graph/0",
            "architecture": architecture,
            "output": self.ids[output],
            "nodes": self.nodes,
        }


def number(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def scope_of(node) -> list[str]:
    """The modules around a call, from the model inwards, as `path:Class`."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())[1:]
    named = [(path.removeprefix("model").removeprefix("."), str(kind)) for path, kind in stack]
    return [f"{path}:{kind.rsplit('.')[-1].removesuffix(chr(39) + '>')}" for path, kind in named]


def tied_names(wrapped) -> dict[str, str]:
    """The name that each parameter is stored by; tied ones have one."""
    first: dict[int, str] = {}
    names = {}
    for name, parameter in wrapped.named_parameters(remove_duplicate=False):
        stored = first.setdefault(id(parameter), name.removeprefix("model."))
        names[name] = stored
    return names


def check(graph: dict, model, ids, mask) -> None:
    """Errors: the graph gives other logits than the model."""
    sys.path.append(str(Path(__file__).parents[2] / "goldens"))
    from recorded_graph_torch import load_graph, run

    weights = {name: p.detach() for name, p in model.named_parameters()}
    with torch.no_grad():
        logits = run(load_graph(graph), weights, {"input_ids": ids, "attention_mask": mask})
        expected = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
    difference = ((logits - expected).abs().max() / expected.abs().max()).item()
    print(f"logits differ by {difference:.1e} of the largest")
    if difference > TOLERANCE:
        raise SystemExit(f"{graph}: other logits than those of the model")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("rows", type=int)
    parser.add_argument("columns", type=int)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    torch.manual_seed(0)
    ALL_EXPERTS_FUNCTIONS.register("recorded", experts_forward)
    model = AutoModelForCausalLM.from_pretrained(
        options.model, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    model.config.use_cache = False
    model.config._experts_implementation = "recorded"
    wrapped = LogitsOnly(model)
    vocabulary = model.config.get_text_config().vocab_size
    ids = torch.randint(0, vocabulary, (options.rows, options.columns))
    mask = torch.ones_like(ids)
    with torch.no_grad():
        program = torch.export.export(wrapped, (ids, mask), strict=False).run_decompositions({})
    graph = Recorder(program, tied_names(wrapped)).graph(type(model).__name__)
    options.out.mkdir(parents=True)
    file = options.out / "graph.json"
    file.write_text(json.dumps(graph))
    config = json.loads((Path(options.model) / "config.json").read_text())
    (options.out / "config.json").write_text(json.dumps(config, indent=2))
    weights = {name: p.detach().contiguous() for name, p in model.named_parameters()}
    save_file(weights, options.out / "model.safetensors", metadata={"format": "pt"})
    print(f"{file}: {len(graph['nodes'])} nodes")
    check(str(file), model, ids, mask)


if __name__ == "__main__":
    main()
