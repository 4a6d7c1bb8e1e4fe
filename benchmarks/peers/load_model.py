"""A Hugging Face folder as the measurements open it."""
import torch
from transformers import AutoModelForCausalLM


def load_model(folder: str, dtype: str, threads: int):
    """bf16: weights and activations are bfloat16; any other dtype keeps float32 weights."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    weights = torch.bfloat16 if dtype == "bf16" else torch.float32
    return AutoModelForCausalLM.from_pretrained(
        folder, dtype=weights, attn_implementation="sdpa"
    )
