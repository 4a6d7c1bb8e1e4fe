"""Causal attention of PyTorch, forward and backward, as benchmarks/cpu-kernels.mjs asks for it.

Usage: python torch_attention.py [threads], with lines of JSON on standard input: tokens, heads,
size (of a head) and dtype. Answers each with the best seconds of several runs, forward and
backward together.
"""
import json
import sys
import time

import torch
import torch.nn.functional as F

DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}
ROUNDS = 5


def best_seconds(tokens: int, heads: int, size: int, dtype: torch.dtype) -> float:
    q, k, v, out = (torch.randn(1, heads, tokens, size, dtype=dtype) for _ in range(4))
    for operand in (q, k, v):
        operand.requires_grad_(True)
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        F.scaled_dot_product_attention(q, k, v, is_causal=True).backward(out)
        best = min(best, time.perf_counter() - start)
        q.grad = k.grad = v.grad = None
    return best


def main() -> None:
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    for line in sys.stdin:
        work = json.loads(line)
        dtype = DTYPES[work["dtype"]]
        seconds = best_seconds(work["tokens"], work["heads"], work["size"], dtype)
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
