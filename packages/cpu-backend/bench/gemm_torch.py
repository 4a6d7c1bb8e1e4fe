"""PyTorch's side of bench/gemm.ts: best time of torch.mm at the same shapes, one JSON line each. Usage: python gemm_torch.py [threads]"""
import json, sys, time
import torch

THREADS = int(sys.argv[1]) if len(sys.argv) > 1 else 2
torch.set_num_threads(THREADS)
clock = time.process_time if THREADS == 1 else time.perf_counter  # of one thread, processor time: it does not count what other processes take
SHAPES = [(512, 384, 384), (2048, 384, 384), (2048, 1024, 384), (2048, 384, 1024), (512, 576, 576), (512, 1536, 576), (512, 576, 1536), (384, 384, 2048), (1024, 384, 2048), (1536, 576, 512),
          (512, 8192, 576), (1024, 1024, 1024), (2048, 2048, 2048), (1, 2048, 2048), (1, 49152, 576)]
for dtype, name in ((torch.float32, "f32"), (torch.bfloat16, "bf16")):
    for m, n, k in SHAPES:
        for layout in ("forward", "backward", "weight"):
            if m == 1 and layout != "forward":
                continue
            a = torch.randn(k, m, dtype=dtype).t() if layout == "weight" else torch.randn(m, k, dtype=dtype)
            b = torch.randn(n, k, dtype=dtype).t() if layout == "forward" else torch.randn(k, n, dtype=dtype)
            out = torch.empty(m, n, dtype=dtype)
            best = float("inf")
            for _ in range(5 * max(3, min(50, round(2e10 / (2 * m * n * k))))):
                start = clock()
                torch.mm(a, b, out=out)
                best = min(best, clock() - start)
            print(json.dumps({"shape": f"{m}x{n}x{k}", "layout": layout, "dtype": name, "gflops": round(2 * m * n * k / best / 1e9)}), flush=True)
