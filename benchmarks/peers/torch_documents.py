"""Training speed of PyTorch + transformers on documents that are padded to the longest of a batch.

One JSON line out. tok_s counts the tokens of documents, not the padding, over all steps after the
first; padded is how many tokens are computed for each token of a document. Everything else is as
in torch_train.py: AdamW (fused), clipping at 1.0, sdpa, and the same classes of precision.

Usage: python torch_documents.py MODEL_DIR --lengths FILE [--batch 4] [--dtype f32|bf16|autocast]
         [--steps N] [--threads 2] [--compile]
FILE has a length a line; --steps N takes the first N batches only.
"""
import argparse
import json
import resource
import time

import torch

from load_model import load_model

IGNORED = -100  # the label of what is no target


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--lengths", required=True)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--dtype", choices=["f32", "bf16", "autocast"], default="f32")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--compile", action="store_true")
    return parser.parse_args()


def padded_batches(lengths: list[int], batch: int, vocabulary: int):
    """Ids, attention mask and labels of each batch, as a collator pads them on the right."""
    for start in range(0, len(lengths), batch):
        rows = torch.tensor(lengths[start : start + batch])
        ids = torch.randint(0, vocabulary, (len(rows), int(rows.max())))
        mask = torch.arange(ids.shape[1])[None] < rows[:, None]
        yield ids.masked_fill(~mask, 0), mask.long(), ids.masked_fill(~mask, IGNORED)


def main() -> None:
    options = arguments()
    model = load_model(options.model, options.dtype, options.threads)
    model.config.use_cache = False
    model.train()
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, fused=True)
    forward = torch.compile(model, dynamic=True) if options.compile else model
    with open(options.lengths) as file:
        lengths = [int(line) for line in file]
    vocabulary = model.config.get_text_config().vocab_size
    batches = list(padded_batches(lengths, options.batch, vocabulary))[: options.steps]
    seconds, losses = [], []
    for ids, mask, labels in batches:
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled=options.dtype == "autocast"):
            loss = forward(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds.append(time.perf_counter() - start)
        losses.append(loss.item())
    tokens = [int(mask.sum()) for _, mask, _ in batches]
    computed = sum(mask.numel() for _, mask, _ in batches)
    line = {
        "peer": "torch " + torch.__version__,
        "dtype": options.dtype,
        "batch": options.batch,
        "documents": len(lengths),
        "tok_s": round(sum(tokens[1:]) / sum(seconds[1:]), 1),
        "padded": round(computed / sum(tokens), 4),
        "seconds": [round(x, 3) for x in seconds],
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "losses": [round(x, 4) for x in losses],
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
