# Writes small SentencePiece models and tiktoken files with the ids of PyPI's sentencepiece and
# tiktoken: `python make_converted.py packages/data/test/fixtures/converted-tokenizers.json`.
import base64
import io
import json
import random
import sys
import tempfile

import sentencepiece
import tiktoken
from tiktoken._educational import bpe_train

from tokenizer_parts import CORPUS, PATTERNS, PIECES

KEEP = {"normalization_rule_name": "identity", "remove_extra_whitespaces": False, "allow_whitespace_only_pieces": True}
RULES = [("ﬁ", "fi"), ("½", "1/2"), ("\u3000", " "), ("\u00a0", " "), ("\t", " "), ("\n", " ")]
# Texts that spell a special token are cut at it here and not by these libraries; lone marks are
# read as spaces by SentencePiece alone.
LEFT_OUT = ["<s>", "</s>", "<unk>", "<x>", "\u2581", "\u2581a", "<0x41>", "<0xE4>", "\u0000", "<|end|>"]


def trained(**options):
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS * 4), model_writer=out, hard_vocab_limit=False, minloglevel=2, **options)
    return out.getvalue()


def texts(r, pieces):
    return ["".join(r.choice(pieces) for _ in range(r.randint(1, 8))) for _ in range(40)]


def main():
    r = random.Random(5)
    pieces = [piece for piece in PIECES if piece not in LEFT_OUT]
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as rules:
        rules.write("\n".join("\t".join(" ".join(f"{ord(c):X}" for c in side) for side in pair) for pair in RULES) + "\n")
        rules.flush()
        models = {
            "bpe-keeping-spaces": trained(vocab_size=520, model_type="bpe", byte_fallback=True, split_digits=True, **KEEP),
            "bpe-without-prefix": trained(vocab_size=520, model_type="bpe", byte_fallback=True, add_dummy_prefix=False, pad_id=0, eos_id=1, bos_id=2, unk_id=3, user_defined_symbols=["<mask>"], **KEEP),
            "bpe-joining-spaces": trained(vocab_size=300, model_type="bpe", normalization_rule_tsv=rules.name),
            "unigram": trained(vocab_size=240, model_type="unigram", normalization_rule_tsv=rules.name),
            "unigram-bytes": trained(vocab_size=480, model_type="unigram", byte_fallback=True, normalization_rule_name="identity"),
        }
    result = {"sentencepiece": {}, "tiktoken": {}}
    for name, model in models.items():
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        rows = [[text, processor.encode(text)] for text in texts(r, pieces)]
        result["sentencepiece"][name] = {"model": base64.b64encode(model).decode(), "texts": rows}
    for model_type, pattern in [("qwen2", PATTERNS[2]), ("llama", PATTERNS[1]), ("gpt_oss", PATTERNS[4])]:
        ranks = bpe_train("\n".join(CORPUS), 340, pattern, visualise=None)
        encoding = tiktoken.Encoding("small", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        file = "".join(f"{base64.b64encode(token).decode()} {rank}\n" for token, rank in ranks.items())
        rows = [[text, encoding.encode_ordinary(text)] for text in texts(r, [p for p in pieces if "\u0301" not in p and "\u030a" not in p and "\u1112" not in p])]
        result["tiktoken"][model_type] = {"file": file, "texts": rows}
    with open(sys.argv[1], "w") as file:
        file.write(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n")


main()
