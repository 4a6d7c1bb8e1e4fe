"""Image-and-text models as they are published, of which only the text part is computed with.

Usage: python make_wrappers.py OUT      (torch 2.11, transformers 5.17, peft 0.21; CPU, float32, one thread)
Each folder: config.json with most keys of text_config left to the defaults of transformers' config class; tensors
under the names of published files; golden.safetensors with input_ids, attention_mask, labels, logits and loss of the
whole model without pictures; in gemma3 also adapter/, which PEFT trained and saved on the whole model.
"""
import copy, json, sys
from pathlib import Path
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForImageTextToText, CONFIG_MAPPING
torch.set_num_threads(1); torch.use_deterministic_algorithms(True)

SIZES = dict(hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, vocab_size=60)
VISION = dict(hidden_size=8, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2, image_size=28, patch_size=7)
FOLDERS = {
    # names of published files: the text part inside `language_model`, with its own head if it has one
    "gemma3": (dict(model_type="gemma3", eos_token_id=[1, 7], mm_tokens_per_image=4, image_token_index=57,
                    boi_token_index=58, eoi_token_index=59, torch_dtype="bfloat16",
                    text_config=dict(SIZES, model_type="gemma3_text", num_hidden_layers=7, num_key_value_heads=2, head_dim=4,
                                     sliding_window=9, rope_scaling=dict(factor=8.0, rope_type="linear")),
                    vision_config=dict(VISION, model_type="siglip_vision_model", vision_use_head=False)),
               {"model.language_model.": "language_model.model.", "model.": ""}),
    "mistral3": (dict(model_type="mistral3", image_token_index=57, spatial_merge_size=2, vision_feature_layer=-1,
                      text_config=dict(SIZES, model_type="mistral", head_dim=4, num_attention_heads=8, rms_norm_eps=1e-5, rope_theta=1e9, sliding_window=None),
                      vision_config=dict(VISION, model_type="pixtral", head_dim=4)),
                 {"model.language_model.": "language_model.model.", "lm_head.": "language_model.lm_head.", "model.": ""}),
    # the text part's type and nearly everything else left out
    "llava": (dict(model_type="llava", image_token_index=57, projector_hidden_act="gelu",
                   text_config=dict(SIZES, max_position_embeddings=4096),
                   vision_config=dict(VISION, model_type="clip_vision_model", projection_dim=8)),
              {"model.language_model.": "language_model.model.", "lm_head.": "language_model.lm_head.", "model.": ""}),
    # names of transformers 5
    "smolvlm": (dict(model_type="smolvlm", image_token_id=57, scale_factor=2, tie_word_embeddings=False,
                     text_config=dict(SIZES, model_type="llama", num_key_value_heads=2, pad_token_id=2),
                     vision_config=dict(VISION, model_type="smolvlm_vision")), {}),
}

def randomise(model, seed):
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, p in model.named_parameters():
            p.copy_(torch.randn(p.shape, generator=g) * 0.2 if p.dim() >= 2 else p + 0.1 * torch.randn(p.shape, generator=g))

def batch(seed):
    g = torch.Generator().manual_seed(seed)
    ids = torch.randint(3, 57, (2, 14), generator=g); mask = torch.ones_like(ids); labels = ids.clone()
    labels[0, :3] = -100; ids[1, 11:] = 0; mask[1, 11:] = 0; labels[1, 11:] = -100
    return ids, mask, labels

def golden(model, path):
    ids, mask, labels = batch(5)
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, labels=labels, use_cache=False)
    save_file(dict(input_ids=ids, attention_mask=mask, labels=labels, logits=out.logits.float().contiguous(),
                   loss=out.loss.float()), path)

def renamed(name, names):
    for old, new in names.items():
        if name.startswith(old): return new + name[len(old):]
    return name

def main(out):
    for i, (name, (config, names)) in enumerate(FOLDERS.items()):
        folder = Path(out) / name; folder.mkdir(parents=True, exist_ok=True)
        inner = copy.deepcopy(config); kind = inner.pop("model_type"); inner.pop("torch_dtype", None)
        model = AutoModelForImageTextToText.from_config(CONFIG_MAPPING[kind](**inner), attn_implementation="eager").float()
        randomise(model, 40 + i); model.train(False)
        tied = model.lm_head.weight is model.get_input_embeddings().weight
        if name == "mistral3":  # published with a head of its own, although the class ties by default
            model.lm_head.weight = torch.nn.Parameter(torch.randn(60, 16, generator=torch.Generator().manual_seed(3)) * 0.2); tied = False
        golden(model, folder / "golden.safetensors")
        state = {renamed(k, names): v.contiguous().clone() for k, v in model.state_dict().items() if not (tied and k == "lm_head.weight") and v.is_floating_point()}
        save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        print(name, "tied" if tied else "own head", len(state))
        if name != "gemma3": continue
        lora = get_peft_model(model, LoraConfig(r=2, lora_alpha=6, task_type="CAUSAL_LM", target_modules=r".*language_model.*\.(q_proj|down_proj)"))
        g = torch.Generator().manual_seed(9)
        with torch.no_grad():
            for n, p in lora.named_parameters():
                if "lora_" in n: p.copy_(torch.randn(p.shape, generator=g) * 0.3)
        lora.train(False)
        lora.save_pretrained(folder / "adapter"); (folder / "adapter" / "README.md").unlink()
        golden(lora, folder / "adapter" / "golden.safetensors")

main(sys.argv[1])
