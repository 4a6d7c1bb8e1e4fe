"""Adapters that change more than linear modules of blocks: embeddings, heads, norms, biases, tokens, vocabularies.

Usage: python make_adapters.py OUT      (torch 2.11, transformers 5.17, peft 0.21; CPU, float32, one thread)
Four bases (base-*); each other folder holds an adapter as PEFT saves it after two steps of training, golden.safetensors
(input_ids, attention_mask, labels, logits, loss, and grad.P by the names of adapter_model.safetensors) and
merged.safetensors: the tensors that merge_and_unload changed or added, under their names in the model.
"""
import json, sys, warnings
from pathlib import Path
import torch
from peft import LoraConfig, get_peft_model
from peft.utils import get_peft_model_state_dict
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoConfig, CONFIG_MAPPING
warnings.simplefilter("ignore")
torch.set_num_threads(1); torch.use_deterministic_algorithms(True)

V, D = 44, 16
SIZES = dict(vocab_size=V, hidden_size=D, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             max_position_embeddings=64, bos_token_id=1, eos_token_id=2, pad_token_id=0)
BASES = {
    "base-llama": ("llama", dict()),
    "base-tied": ("llama", dict(tie_word_embeddings=True)),
    "base-qwen2": ("qwen2", dict(num_key_value_heads=4)),
    "base-gemma2": ("gemma2", dict(head_dim=4, num_hidden_layers=2, final_logit_softcapping=5.0)),
}
Q = ["q_proj"]
ADAPTERS = {
    # name: (base, rows of the resized vocabulary, options)
    "modules-to-save": ("base-llama", None, dict(target_modules=Q, modules_to_save=["embed_tokens", "lm_head"])),
    "modules-norms": ("base-llama", None, dict(target_modules=Q, modules_to_save=["norm", "input_layernorm"])),
    "modules-linear": ("base-qwen2", None, dict(target_modules=Q, modules_to_save=["k_proj"])),
    "embedding": ("base-llama", None, dict(target_modules=Q + ["embed_tokens"])),
    "head": ("base-llama", None, dict(target_modules=Q + ["lm_head"])),
    "head-dora": ("base-llama", None, dict(target_modules=Q + ["lm_head"], use_dora=True)),
    "embedding-dora": ("base-llama", None, dict(target_modules=["embed_tokens"], use_dora=True)),
    "embedding-scaled": ("base-gemma2", None, dict(target_modules=["embed_tokens", "o_proj"])),
    "head-softcap": ("base-gemma2", None, dict(target_modules=["lm_head", "o_proj"])),
    "tokens": ("base-llama", None, dict(target_modules=Q, trainable_token_indices=[3, 9])),
    "tokens-head": ("base-llama", None, dict(target_modules=Q, trainable_token_indices={"embed_tokens": [4, 7, 9], "lm_head": [9, 11]})),
    "lora-bias": ("base-qwen2", None, dict(target_modules=Q + ["v_proj"], lora_bias=True)),
    "bias-all": ("base-qwen2", None, dict(target_modules=Q, bias="all")),
    "bias-lora-only": ("base-qwen2", None, dict(target_modules=Q, bias="lora_only")),
    "resized": ("base-llama", 47, dict(target_modules=Q)),
    "resized-modules": ("base-llama", 47, dict(target_modules=Q, modules_to_save=["embed_tokens", "lm_head"])),
    "resized-tokens": ("base-tied", 47, dict(target_modules=Q, trainable_token_indices=[44, 45, 46])),
    "resized-embedding": ("base-llama", 47, dict(target_modules=Q + ["embed_tokens", "lm_head"])),
    "tied-modules": ("base-tied", None, dict(target_modules=Q, modules_to_save=["embed_tokens"])),
    "tied-modules-head": ("base-tied", None, dict(target_modules=Q, modules_to_save=["lm_head"])),
    "tied-modules-both": ("base-tied", None, dict(target_modules=Q, modules_to_save=["embed_tokens", "lm_head"])),
    "tied-modules-ensured": ("base-tied", None, dict(target_modules=Q, modules_to_save=["embed_tokens"], ensure_weight_tying=True)),
    "tied-embedding": ("base-tied", None, dict(target_modules=Q + ["embed_tokens"])),
    "tied-head": ("base-tied", None, dict(target_modules=Q + ["lm_head"])),
    "tied-both": ("base-tied", None, dict(target_modules=Q + ["embed_tokens", "lm_head"])),
    "tied-ensured": ("base-tied", None, dict(target_modules=Q + ["embed_tokens"], ensure_weight_tying=True)),
    "tied-tokens": ("base-tied", None, dict(target_modules=Q, trainable_token_indices=[3, 9])),
}

def randomise(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, p in model.named_parameters():
            p.copy_(torch.randn(p.shape, generator=g) * 0.2 if p.dim() >= 2 else p + 0.1 * torch.randn(p.shape, generator=g))

def batch(seed, vocabulary):
    g = torch.Generator().manual_seed(seed)
    ids = torch.randint(3, vocabulary, (2, 12), generator=g); mask = torch.ones_like(ids); labels = ids.clone()
    ids[0, 2:5] = torch.tensor([3, 9, vocabulary - 1]); labels[0, 1:6] = ids[0, 1:6]
    labels[0, :1] = -100; ids[1, 9:] = 0; mask[1, 9:] = 0; labels[1, 9:] = -100
    return dict(input_ids=ids, attention_mask=mask, labels=labels)

def load(out, base):
    return AutoModelForCausalLM.from_pretrained(Path(out) / base, dtype=torch.float32, attn_implementation="eager")

def make(out, name):
    base, rows, options = ADAPTERS[name]
    model = load(out, base); before = {k: v.clone() for k, v in model.state_dict().items()}
    g = torch.Generator().manual_seed(7)
    if rows is not None:
        model.resize_token_embeddings(rows, mean_resizing=False)
        with torch.no_grad():
            for layer in {model.get_input_embeddings(), model.get_output_embeddings()}:
                layer.weight[V:] = torch.randn(rows - V, D, generator=g) * 0.2
    torch.manual_seed(5)
    lora = get_peft_model(model, LoraConfig(r=3, lora_alpha=6, task_type="CAUSAL_LM", **options))
    with torch.no_grad():
        for n, p in lora.named_parameters():
            if p.requires_grad and "lora_" in n and "magnitude" not in n: p.copy_(torch.randn(p.shape, generator=g) * 0.3)
    data = batch(11, rows or V)
    optimizer = torch.optim.AdamW([p for p in lora.parameters() if p.requires_grad], lr=2e-2, weight_decay=0.0)
    lora.train(False)
    for _ in range(2):
        loss = lora(**data, use_cache=False).loss; optimizer.zero_grad(); loss.backward(); optimizer.step()
    optimizer.zero_grad()
    folder = Path(out) / name; folder.mkdir(exist_ok=True)
    lora.save_pretrained(folder); (folder / "README.md").unlink()
    file = folder / "adapter_config.json"; config = json.loads(file.read_text()); config["base_model_name_or_path"] = base
    file.write_text(json.dumps(config, indent=1) + "\n")
    result = lora(**data, use_cache=False); result.loss.backward()
    values = {n: p.grad for n, p in lora.named_parameters() if p.requires_grad and p.grad is not None}
    # gradients by the names that PEFT saves: the state of gradients takes the place of the parameters
    state = {k: values.get(k, v) for k, v in lora.state_dict().items()}
    named = get_peft_model_state_dict(lora, state_dict=state)
    grads = {f"grad.{k}": v.detach().clone().contiguous() for k, v in named.items() if any(v is g_ for g_ in values.values())}
    save_file({**data, "logits": result.logits.detach(), "loss": result.loss.detach(), **grads}, folder / "golden.safetensors")
    try:
        merged = lora.merge_and_unload()
        after = merged.state_dict()
        with torch.no_grad(): logits = merged(**data, use_cache=False).logits
        changed = {k: v.contiguous().clone() for k, v in after.items() if k not in before or v.shape != before[k].shape or not torch.equal(v, before[k])}
        tied = merged.get_input_embeddings().weight is merged.get_output_embeddings().weight
        note = f"tied={tied} same={float((logits - result.logits).abs().max()):.1e} changed={sorted(k for k in changed if 'q_proj.w' not in k)}"
        save_file(changed, folder / "merged.safetensors")
    except Exception as e:
        note = f"MERGE FAILS {e!r}"[:200]
    stored = load_file(folder / "adapter_model.safetensors")
    print(f"== {name}: {[ (k.removeprefix('base_model.model.'), list(v.shape)) for k, v in stored.items() if 'q_proj.lora' not in k and 'layers.1' not in k]}\n   grads {len(grads)}; {note}")

def main(out):
    for i, (name, (kind, changes)) in enumerate(BASES.items()):
        model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[kind](**{**SIZES, **changes}), attn_implementation="eager").float()
        randomise(model, 60 + i); model.save_pretrained(Path(out) / name)
        (Path(out) / name / "generation_config.json").unlink(missing_ok=True)
    for name in ADAPTERS: make(out, name)

main(sys.argv[1])
