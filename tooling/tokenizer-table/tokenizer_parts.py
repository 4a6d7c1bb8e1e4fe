# Small tokenizers out of chance: every part of a tokenizer.json with every option, over a few
# vocabularies that all of them share. A case is a dictionary of parts; `definition` makes the
# tokenizer.json of it.
import random

CORPUS = [
    "The lower lock leaks, the upper lock holds. Don't open both gates at once!",
    "def depth(x):\n    return x * 2  # 12 345\n\n\nassert depth(7) == 14",
    "Größe, naïve café, Ångström; élan vital, e\u0301lan, ﬁnal ½ ² Ⅷ",
    "水位が上がった。門を開けてください。 北京的水闸 한국어 텍스트",
    "emoji 🙂 👩‍👩‍👧 🇩🇪 ⛵🚤🛥️ \u200b \u00a0\u3000 tab\there",
    "ΑΒΓ ΟΔΟΣ Привет мир مرحبا שלום हिन्दी क्षि ไทย",
    "HTTPServer's we've I'LL x_y-z [MASK] <s> </s> {a: 1} https://example.com/a?b=c",
] * 3

PIECES = [
    "lock", " gate", "The ", "don't", "'S", "'ll", "é", "e\u0301", "Å", "A\u030a", "水", "北京", "한국",
    "\u1112\u1161\u11ab", "🙂", "👩‍👩‍👧", "🇩🇪", "\u200d", "\n", "\r\n", "  ", "   ", "\t", "123", "1", "12345", "½", "Ⅷ", "٣",
    "<s>", "</s>", "<mask>", "<unk>", "<x>", "[DAY]", "day", "Day", "lö", "<|end|>", "\u2581", "\u2581a", "##", "<0x41>", "<0xE4>",
    " <", "|", "--", "---", "...", "!", "?!", " .", "ﬁ", "\u0000", "ſ", "K", "\u00a0", "\u3000", "\u0085", "\u2028", "_a", "-", "x",
    "ab ab", "aa", "ΟΔΟΣ", "İI", "ß", "SS", "हिन्दी", "क्षि", "ไทย", "مرحبا", "ー", "カナ", "\ufeff", "\ufffd", "²", "\u01c5", "ʕ", "\u0345",
    "HTTPServer", "camelCase", "\u0007", "\u00ad", "\u180e", "〱", "𝒳", "𠮷", "e", "E", " ", "  \n ", "\n\n", "\r", " \t ",
]

PATTERNS = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", r"[一-龥ࠀ-一가-퟿]+", r"\p{N}+", r"\p{N}{1,3}", r"[0-9][0-9][0-9]", r"\p{N}{1,3}(?=(?:\p{N}{3})*\b)",
    r"\s+$", r"\s", r"\w+", r"\W+", r"\d", r"\D+", r"\S+", r"[a-z]+", r"[^a-z]+", r"[[:alpha:]]+", r"[[:punct:]]", r"[[:^space:]]+", r"\p{Han}+",
    r"\p{Hiragana}|\p{Katakana}", r"(?<=[a-z])(?=[A-Z])", r"(?<!\S)x", r"\bx", r"(?:ab|a)+", r"(?>a+)b|a", r"a*+", r"x{0,2}", r"x{,2}y?", r"x{2}",
    r"(?i)day", r"(?i:day|lock)", r"(?m:.+)", r".+", r"^", r"^ ", r" $", r"\A.", r".\z", r"\n\Z", r"[\w-]", r"[a-c-e]", r"[^\s]", r"[a-z&&[^aeiou]]+",
    r"[[a-c][x-z]]", r"\h+", r"\x61|\u0062|\x{1F642}", r"\p{^L}+", r"\P{L}+", r"\p{Lu}\p{Ll}*", r"\p{Letter}+", r"[\p{L}\p{M}]+", r"\R", r"-|--", r"",
    r"(a)|(b)", r"(?<name>ab)", r"a??b", r"a+?", r"\p{Alpha}+", r"\p{Punct}", r"\p{S}", r"\p{Zs}", r"\p{Cc}", r"[\u4e00-\u9fff]", r"\/|\-|\.", r"a|", r"\p{N}{1,3}+",
]
STRINGS = [" ", "-", "▁", "ab", "x", "\n", "lock", "  ", ".", "é", ""]

BEHAVIORS = ["Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"]


def pattern(r):
    return {"Regex": r.choice(PATTERNS)} if r.random() < 0.75 else {"String": r.choice(STRINGS)}


def normalizer(r, charsmaps, depth=0):
    kind = r.choice(
        ["BertNormalizer", "Strip", "StripAccents", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "Nmt", "Precompiled", "Replace", "Replace", "Prepend", "ByteLevel"]
        + (["Sequence"] * 6 if depth == 0 else [])
    )
    if kind == "Sequence":
        return {"type": kind, "normalizers": [normalizer(r, charsmaps, 1) for _ in range(r.randint(1, 3))]}
    if kind == "BertNormalizer":
        return {"type": kind, "clean_text": r.random() < 0.7, "handle_chinese_chars": r.random() < 0.7, "strip_accents": r.choice([None, True, False]), "lowercase": r.random() < 0.5}
    if kind == "Strip":
        return {"type": kind, "strip_left": r.random() < 0.5, "strip_right": r.random() < 0.5}
    if kind == "Precompiled":
        return {"type": kind, "precompiled_charsmap": r.choice(charsmaps)}
    if kind == "Replace":
        return r.choice([
            {"type": kind, "pattern": {"String": " "}, "content": "▁"},
            {"type": kind, "pattern": {"Regex": " {2,}"}, "content": r.choice([" ", "▁"])},
            {"type": kind, "pattern": pattern(r), "content": r.choice(["", " ", "▁", "xy", "$1"])},
        ])
    if kind == "Prepend":
        return {"type": kind, "prepend": r.choice(["▁", " ", "ab"])}
    return {"type": kind}


def pre_tokenizer(r, depth=0):
    kind = r.choice(
        ["BertPreTokenizer", "ByteLevel", "CharDelimiterSplit", "Metaspace", "Metaspace", "Whitespace", "Split", "Split", "Split", "Punctuation", "WhitespaceSplit", "Digits", "FixedLength"]
        + (["Sequence"] * 8 if depth == 0 else [])
    )
    if kind == "Sequence":
        return {"type": kind, "pretokenizers": [pre_tokenizer(r, 1) for _ in range(r.randint(1, 3))]}
    if kind == "ByteLevel":
        return {"type": kind, "add_prefix_space": r.random() < 0.4, "trim_offsets": True, "use_regex": r.random() < 0.5}
    if kind == "CharDelimiterSplit":
        return {"type": kind, "delimiter": r.choice([" ", "x", "-"])}
    if kind == "Metaspace":
        return {"type": kind, "replacement": r.choice(["▁", "▁", "▁", "_"]), "prepend_scheme": r.choice(["first", "always", "never"]), "split": r.random() < 0.5}
    if kind == "Split":
        return {"type": kind, "pattern": pattern(r), "behavior": r.choice(BEHAVIORS), "invert": r.random() < 0.35}
    if kind == "Punctuation":
        return {"type": kind, "behavior": r.choice(BEHAVIORS)}
    if kind == "Digits":
        return {"type": kind, "individual_digits": r.random() < 0.5}
    if kind == "FixedLength":
        return {"type": kind, "length": r.randint(1, 4)}
    return {"type": kind}


def decoder(r, depth=0):
    kind = r.choice(
        ["BPEDecoder", "ByteLevel", "WordPiece", "Metaspace", "CTC", "Replace", "Fuse", "Strip", "ByteFallback"] + (["Sequence"] * 6 if depth == 0 else [])
    )
    if kind == "Sequence":
        if r.random() < 0.3:
            return {"type": kind, "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}
        return {"type": kind, "decoders": [decoder(r, 1) for _ in range(r.randint(1, 3))]}
    if kind == "BPEDecoder":
        return {"type": kind, "suffix": r.choice(["</w>", "b"])}
    if kind == "ByteLevel":
        return {"type": kind, "add_prefix_space": True, "trim_offsets": True, "use_regex": True}
    if kind == "WordPiece":
        return {"type": kind, "prefix": "##", "cleanup": r.random() < 0.5}
    if kind == "Metaspace":
        return {"type": kind, "replacement": "▁", "prepend_scheme": r.choice(["first", "always", "never"]), "split": True}
    if kind == "CTC":
        return {"type": kind, "pad_token": r.choice(["<s>", "a"]), "word_delimiter_token": "|", "cleanup": r.random() < 0.5}
    if kind == "Replace":
        return {"type": kind, "pattern": pattern(r), "content": r.choice(["", " ", "xy"])}
    if kind == "Strip":
        return {"type": kind, "content": r.choice([" ", "▁", "a"]), "start": r.randint(0, 2), "stop": 0}
    return {"type": kind}


def post_processor(r, ids):
    def special(name):
        return {"SpecialToken": {"id": name, "type_id": 0}}

    text = {"Sequence": {"id": "A", "type_id": 0}}
    tokens = {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in ["<s>", "</s>"]}
    template = {"type": "TemplateProcessing", "single": r.choice([[text], [special("<s>"), text], [special("<s>"), text, special("</s>")], [text, special("</s>")]]), "pair": [text, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": tokens}
    byte_level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
    pair = {"sep": ["</s>", ids["</s>"]], "cls": ["<s>", ids["<s>"]]}
    return r.choice([
        None, template, byte_level, {"type": "BertProcessing", **pair},
        {"type": "RobertaProcessing", **pair, "trim_offsets": True, "add_prefix_space": False},
        {"type": "Sequence", "processors": [byte_level, template]},
    ])


def added_tokens(r, ids):
    contents = ["<s>", "</s>", "<unk>"] + r.sample(["<mask>", "<x>", "[DAY]", "day", "Day", "lö", "<|end|>", "ab", "x", " .", "  ", "\u2581a"], r.randint(0, 4))
    tokens = []
    free = len(ids)
    for content in contents:
        if content in ids:
            id = ids[content]
        else:
            id, free = free, free + 1
        plain = r.random() < 0.5
        flag = lambda p: not plain and r.random() < p
        tokens.append({"id": id, "content": content, "single_word": flag(0.3), "lstrip": flag(0.3), "rstrip": flag(0.3), "normalized": flag(0.4), "special": content.startswith("<") or flag(0.3)})
    return tokens


def model_options(r, kind):
    if kind == "bpe":
        return {"unk_token": r.choice([None, "<unk>", "<unk>"]), "fuse_unk": r.random() < 0.5, "byte_fallback": r.random() < 0.5, "ignore_merges": r.random() < 0.3}
    if kind == "byte":
        return {"ignore_merges": r.random() < 0.4}
    if kind == "suffix":
        return {"unk_token": "<unk>", "end_of_word_suffix": "</w>", "fuse_unk": r.random() < 0.5}
    if kind == "prefix":
        return {"unk_token": "<unk>", "continuing_subword_prefix": "##", "fuse_unk": r.random() < 0.5}
    if kind == "unigram":
        return {"unk_id": 0, "byte_fallback": r.random() < 0.5}
    if kind == "wordpiece":
        return {"unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": r.choice([100, 5])}
    return {"unk_token": "<unk>"}


# Steps that go together in files of real models: chance alone rarely finds them.
USUAL = {
    "byte": lambda r: (r.choice([None, None, {"type": "NFC"}]), {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": r.choice(PATTERNS[:6])}, "behavior": "Isolated", "invert": False}, {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}]}, {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True}),
    "bpe": lambda r: ({"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}, None, {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}),
    "unigram": lambda r: ({"type": "Sequence", "normalizers": [{"type": "Strip", "strip_left": False, "strip_right": True}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}]}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": r.choice(["first", "always"]), "split": True}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}),
    "wordpiece": lambda r: ({"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True}, {"type": "BertPreTokenizer"}, {"type": "WordPiece", "prefix": "##", "cleanup": True}),
}


def case(r, vocabularies, charsmaps):
    kind = r.choice(["byte", "byte", "byte", "bpe", "bpe", "unigram", "unigram", "wordpiece", "wordlevel", "suffix", "prefix"])
    ids = vocabularies[kind]["ids"]
    usual = USUAL.get(kind)
    if usual is not None and r.random() < 0.25:
        parts = usual(r)
    else:
        parts = (normalizer(r, charsmaps) if r.random() < 0.5 else None, pre_tokenizer(r) if r.random() < 0.85 else None, decoder(r) if r.random() < 0.8 else None)
        if kind == "byte" and r.random() < 0.8:
            last = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": r.random() < 0.3}
            parts = (parts[0], {"type": "Sequence", "pretokenizers": [p for p in [parts[1]] if p] + [last]}, parts[2])
    return {
        "vocabulary": kind, "options": model_options(r, kind), "normalizer": parts[0], "pre_tokenizer": parts[1], "decoder": parts[2],
        "post_processor": post_processor(r, ids), "added_tokens": added_tokens(r, ids),
    }


def definition(case, vocabularies):
    model = {**vocabularies[case["vocabulary"]]["model"], **case["options"]}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": case["added_tokens"], "normalizer": case["normalizer"],
            "pre_tokenizer": case["pre_tokenizer"], "post_processor": case["post_processor"], "decoder": case["decoder"], "model": model}


def text(r):
    return "".join(r.choice(PIECES) for _ in range(r.randint(1, 9)))
