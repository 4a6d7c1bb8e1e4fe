"""Speed of greedy generation with PyTorch + transformers on this CPU, batch 1, one JSON line out.

Usage: python torch_generate.py MODEL_DIR [--dtype f32|bf16] [--prompt 32] [--tokens 64]
         [--turns 5] [--threads 2]
--prompt is how many ids the prompt has. tok_s is of the median turn: new tokens after the first,
over the time since the first, so the prompt is not in it. A first turn is not counted.
"""
import argparse
import json
import resource
import statistics
import time

import torch
from transformers.generation.streamers import BaseStreamer

from load_model import load_model


class Times(BaseStreamer):
    """When each token arrived; the prompt arrives first."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value) -> None:
        self.times.append(time.perf_counter())

    def end(self) -> None:
        pass


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--dtype", choices=["f32", "bf16"], default="bf16")
    parser.add_argument("--prompt", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args()


def main() -> None:
    options = arguments()
    model = load_model(options.model, options.dtype, options.threads).eval()
    ids = torch.arange(5, 5 + options.prompt)[None]
    speeds = []
    for _ in range(1 + options.turns):
        times = Times()
        with torch.inference_mode():
            output = model.generate(
                ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                min_new_tokens=options.tokens,
                max_new_tokens=options.tokens,
                streamer=times,
                pad_token_id=0,
            )
        arrivals = times.times[1:]  # without the prompt
        speeds.append((len(arrivals) - 1) / (arrivals[-1] - arrivals[0]))
    line = {
        "peer": "torch " + torch.__version__,
        "dtype": options.dtype,
        "prompt": options.prompt,
        "tokens": options.tokens,
        "tok_s": round(statistics.median(speeds[1:]), 2),
        "turns": [round(x, 2) for x in speeds[1:]],
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "ids": output[0, options.prompt :].tolist()[:8],
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
