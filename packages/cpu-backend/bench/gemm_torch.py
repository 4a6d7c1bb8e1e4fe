"""PyTorch's side of bench/gemm.ts: best time of one product a line, as gemm.ts asks for it.

Usage: python gemm_torch.py [threads], with lines of JSON on standard input: m, n, k, dtype and
layout, as in gemm-products.ts. Answers each with a line that has its GFLOP/s.
"""
import json
import sys
import time

import torch

ROUNDS = 4
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


def best_seconds(threads: int, m: int, n: int, k: int, layout: str, dtype: torch.dtype) -> float:
    across = layout.startswith("weight") or layout == "both"
    a = torch.randn(k, m, dtype=dtype).t() if across else torch.randn(m, k, dtype=dtype)
    turned = layout in ("forward", "both")
    b = torch.randn(n, k, dtype=dtype).t() if turned else torch.randn(k, n, dtype=dtype)
    out = torch.zeros(m, n, dtype=dtype)

    def product() -> None:
        if layout.endswith("-add"):
            torch.addmm(out, a, b, out=out)
        else:
            torch.mm(a, b, out=out)

    # as gemm.ts: with one thread the best mean of processor time, which does not count what other
    # processes take, else the best of all by the clock
    repeats = max(3, min(50, round(2e10 / (2 * m * n * k))))
    clock = time.process_time if threads == 1 else time.perf_counter
    best = float("inf")
    product()
    for _ in range(ROUNDS if threads == 1 else ROUNDS * repeats):
        calls = repeats if threads == 1 else 1
        start = clock()
        for _ in range(calls):
            product()
        best = min(best, (clock() - start) / calls)
    return best


def main() -> None:
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    torch.set_num_threads(threads)
    for line in sys.stdin:
        product = json.loads(line)
        m, n, k, layout = (product[name] for name in ("m", "n", "k", "layout"))
        best = best_seconds(threads, m, n, k, layout, DTYPES[product["dtype"]])
        print(json.dumps({"gflops": 2 * m * n * k / best / 1e9}), flush=True)


if __name__ == "__main__":
    main()
