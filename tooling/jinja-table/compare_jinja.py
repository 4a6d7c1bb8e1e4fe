"""Compares the template engine with Jinja2 on templates made from a seed.

    python compare_jinja.py --count 100000 --seed 1

Prints every difference and, at the end, how many templates gave a text and how many were refused.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

from generate_templates import make_row
from render_with_jinja import render

FOLDER = pathlib.Path(__file__).resolve().parent


def start_engine():
    return subprocess.Popen(
        ["node", "--import", "tsx", "--conditions=@automodel/source", str(FOLDER / "src/render-lines.ts")],
        cwd=FOLDER.parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def ask_engine(engine, row):
    engine.stdin.write(json.dumps(row) + "\n")
    engine.stdin.flush()
    answer = engine.stdout.readline()
    if answer == "":
        sys.exit(f"the engine ended at {json.dumps(row)}")
    return json.loads(answer)


def shows_address(text):
    """Whether an object is printed, whose address differs, perhaps with something in between."""
    spread = r"[\s\S]{0,80}?".join(["a", "t", " ", "0", "x", "[57]"])
    return re.search(rf"0\W*x\W*(7\W*f|5\W*[56])|{spread}", text, re.IGNORECASE) is not None


def differs(expected, actual):
    if "crash" in actual:
        return True
    if actual.get("error", "").startswith("unsupported "):
        return False
    if "text" not in expected:
        return "text" in actual
    return "text" not in actual or (
        expected["text"] != actual["text"] and not shows_address(expected["text"])
    )


def rendered_anew(row):
    """The result in a process of its own, where objects lie at other addresses."""
    code = (
        "import json, sys; from render_with_jinja import render; row = json.load(sys.stdin); "
        "print(json.dumps(render(row['template'], row['variables'])))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=FOLDER,
        input=json.dumps(row),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return json.loads(done.stdout)


def depends_on_addresses(row, expected):
    """Whether Python itself does not agree, as where characters of an address are counted."""
    return any(rendered_anew(row) != expected for _ in range(5))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="index of the first template")
    parser.add_argument("--show", type=int, default=20, help="differences to print in full")
    parser.add_argument("--out", help="file for the rows that differ, as JSON lines")
    arguments = parser.parse_args()
    engine = start_engine()
    texts = refused = skipped = different = left_out = 0
    out = open(arguments.out, "w", encoding="utf-8") if arguments.out else None
    for index in range(arguments.first, arguments.first + arguments.count):
        row = make_row(arguments.seed, index)
        expected = render(row["template"], row["variables"])
        if expected is None:
            skipped += 1
            continue
        if "text" in expected:
            texts += 1
        else:
            refused += 1
        actual = ask_engine(engine, row)
        left_out += actual.get("error", "").startswith("unsupported ")
        if not differs(expected, actual):
            continue
        if depends_on_addresses(row, expected):
            skipped += 1
            continue
        different += 1
        if out:
            out.write(json.dumps({"index": index, **row, "expected": expected, "actual": actual}) + "\n")
            out.flush()
        if different <= arguments.show:
            print(f"--- {index}\n{row['template']!r}\nexpected {expected}\nactual   {actual}")
    print(
        f"{texts} texts, {refused} refused, {skipped} skipped, {left_out} left out by name, "
        f"{different} different"
    )
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
