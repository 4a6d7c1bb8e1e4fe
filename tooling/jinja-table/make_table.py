"""Makes the table that packages/data/test/jinja holds the template engine to: hand-chosen constructs
and templates made from a seed, each with what Jinja2 gives.

    python make_table.py
"""

import json
import pathlib
import re

from constructs import CONSTRUCTS, LEFT_OUT, VARIABLES
from generate_templates import make_row
from render_with_jinja import render

FOLDER = pathlib.Path(__file__).resolve().parent.parent.parent / "packages/data/test/jinja"
SEED = 2026
GENERATED = 2000
# Every third template may be refused: that only shows which error comes first.
REFUSED = GENERATED // 3
LONGEST = 1200
# May be a complex number, which the engine leaves out.
COMPLEX = re.compile(r"\*\* -?0\.5")


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def write_rows(name, head, rows):
    lines = ",\n".join(compact(row) for row in rows)
    (FOLDER / name).write_text(f"{head}[\n{lines}\n]{'}' if head else ''}\n", encoding="utf-8")


def used(row):
    """The row with the variables that its template names."""
    names = set(re.findall(r"\w+", row["template"]))
    variables = {name: value for name, value in row["variables"].items() if name in names}
    return {"template": row["template"], "variables": variables}


def make_constructs():
    rows = []
    for template in CONSTRUCTS:
        result = render(template, VARIABLES)
        if result is None:
            raise SystemExit(f"too slow: {template}")
        rows.append({"template": template, **result})
    rows += [{"template": template, "leftOut": True} for template in LEFT_OUT]
    head = f'{{"variables":{compact(VARIABLES)},\n"rows":'
    write_rows("constructs.json", head, rows)
    print(f"{len(rows)} constructs")


def make_generated():
    rows, refused, index = [], 0, 0
    while len(rows) < GENERATED:
        row = used(make_row(SEED, index))
        index += 1
        result = render(row["template"], row["variables"])
        if result is None or "0x7f" in result.get("text", "").lower() or COMPLEX.search(row["template"]):
            continue
        if "error" in result:
            refused += 1
            if refused > REFUSED:
                continue
        if len(compact(row)) + len(result.get("text", "")) <= LONGEST:
            rows.append({**row, **result})
    write_rows("generated.json", "", rows)
    print(f"{len(rows)} of {index} generated templates")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    make_constructs()
    make_generated()
