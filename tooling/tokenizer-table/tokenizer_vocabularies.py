# The vocabularies that the table's tokenizers share, trained on a few lines, and two of
# SentencePiece's character maps.
import base64
import io
import json

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from tokenizer_parts import CORPUS

SPECIAL = ["<unk>", "<s>", "</s>"]
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]


def trained(model, trainer, pre_tokenizer, corpus=CORPUS):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(corpus, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    return model


def vocabularies():
    byte = trained(models.BPE(), trainers.BpeTrainer(vocab_size=330, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False), pre_tokenizers.ByteLevel(add_prefix_space=False))
    marked = [line.replace(" ", "▁") for line in CORPUS]
    bpe = trained(models.BPE(unk_token="<unk>"), trainers.BpeTrainer(vocab_size=420, special_tokens=SPECIAL + BYTES[10:14] + BYTES[60:70] + BYTES[128:240], show_progress=False), pre_tokenizers.Split("▁", "merged_with_next"), marked)
    suffix = trained(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(vocab_size=140, special_tokens=SPECIAL, end_of_word_suffix="</w>", show_progress=False), pre_tokenizers.Whitespace())
    prefix = trained(models.BPE(unk_token="<unk>", continuing_subword_prefix="##"), trainers.BpeTrainer(vocab_size=220, special_tokens=SPECIAL, continuing_subword_prefix="##", show_progress=False), pre_tokenizers.Whitespace())
    wordpiece = trained(models.WordPiece(unk_token="<unk>"), trainers.WordPieceTrainer(vocab_size=220, special_tokens=SPECIAL, show_progress=False), pre_tokenizers.BertPreTokenizer())
    wordlevel = trained(models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(vocab_size=60, special_tokens=SPECIAL, show_progress=False), pre_tokenizers.Whitespace())
    unigram = trained(models.Unigram(), trainers.UnigramTrainer(vocab_size=160, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False), pre_tokenizers.Metaspace(), CORPUS)
    unigram["vocab"] = [[piece, round(score, 4)] for piece, score in unigram["vocab"]] + [[piece, -20.0] for piece in BYTES[180:245]]
    named = {"byte": byte, "bpe": bpe, "suffix": suffix, "prefix": prefix, "wordpiece": wordpiece, "wordlevel": wordlevel, "unigram": unigram}
    return {
        name: {"model": model, "ids": {piece: i for i, (piece, _) in enumerate(model["vocab"])} if name == "unigram" else model["vocab"]}
        for name, model in named.items()
    }


def charsmaps(rules):
    """Maps trained from rules `from -> to`, as base64."""
    maps = []
    for rule in rules:
        lines = "\n".join("\t".join(" ".join(f"{ord(c):X}" for c in side) for side in pair) for pair in rule)
        with open("/tmp/rules.tsv", "w") as file:
            file.write(lines + "\n")
        out = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=out, vocab_size=200, model_type="unigram", hard_vocab_limit=False, normalization_rule_tsv="/tmp/rules.tsv", minloglevel=2)
        proto = sentencepiece_model_pb2.ModelProto()
        proto.ParseFromString(out.getvalue())
        maps.append(base64.b64encode(proto.normalizer_spec.precompiled_charsmap).decode())
    return maps


RULES = [
    [("ﬁ", "fi"), ("½", "1/2"), ("e\u0301", "é"), ("\u3000", " "), ("\u00a0", " "), ("\u200b", ""), ("\t", " "), ("\n", " "), ("\r", " "), ("Å", "A"), ("水", "water"), ("²", "2")],
    [("a", "b"), ("ab", "x"), ("e\u0301", "é"), ("e", "E"), ("-", ""), ("🙂", ":)"), ("<", "[")],
]
