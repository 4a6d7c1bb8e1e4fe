# Writes cases with the ids and texts of PyPI's tokenizers: `python make_cases.py SEED COUNT OUT`
# for a developer's comparison (compare.mjs), with `--table` the smaller table of the tests.
import json
import random
import sys

from tokenizers import Tokenizer

from tokenizer_parts import case, definition, text
from tokenizer_vocabularies import RULES, charsmaps, vocabularies


def results(made, texts):
    """The ids and texts, or None for a tokenizer that the library refuses."""
    try:
        tokenizer = Tokenizer.from_str(json.dumps(made))
    except BaseException:
        return None
    rows = []
    for one in texts:
        try:
            plain = tokenizer.encode(one, add_special_tokens=False).ids
            ids = tokenizer.encode(one).ids
            rows.append([one, plain, ids, tokenizer.decode(ids, skip_special_tokens=False), tokenizer.decode(ids, skip_special_tokens=True)])
        except BaseException:
            rows.append([one, None, None, None, None])
    return rows


def ambiguous(made):
    normalizer = Tokenizer.from_str(json.dumps(made)).normalizer
    sought = [token["content"] for token in made["added_tokens"] if token["normalized"]]
    sought = [normalizer.normalize_str(content) for content in sought] if normalizer else sought
    return "" in sought or len(set(sought)) < len(sought)


def main():
    seed, count, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    is_table = "--table" in sys.argv
    shared, maps = vocabularies(), charsmaps(RULES)
    r = random.Random(seed)
    cases = []
    while len(cases) < count:
        made = case(r, shared, maps)
        # What this package refuses has no place in the table: characters that the library drops, and
        # tokens that it could take for each other.
        if is_table and made["vocabulary"] in ("byte", "bpe"):
            made["options"]["unk_token"] = "<unk>"
        rows = results(definition(made, shared), [text(r) for _ in range(2 if is_table else 6)])
        if is_table and rows is not None and ambiguous(definition(made, shared)):
            continue
        if rows is None or (is_table and any(row[1] is None for row in rows)):
            continue
        cases.append({**made, "texts": rows})
    whole = {"models": {name: one["model"] for name, one in shared.items()}, "cases": cases}
    with open(path, "w") as file:
        file.write(json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n")


main()
