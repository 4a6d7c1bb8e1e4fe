"""Writes packages/data/test/fixtures/exact.parquet: numbers and keys that JavaScript would change.

    python -m pip install pyarrow
    python tooling/parquet-fixtures/make_exact.py

One row: a chat with a tool call, and its tools.
"""

import pathlib

import pyarrow
import pyarrow.parquet

PATH = pathlib.Path(__file__).resolve().parents[2] / "packages/data/test/fixtures/exact.parquet"

arguments = {
    "10": 1.0,
    "2": 1234567890123456789,
    "e": 1e3,
    "zero": -0.0,
    "n": 7,
    "third": 0.5,
    "list": [2.0, 0.25],
}
call = {"type": "function", "function": {"name": "f", "arguments": arguments}}
row = {
    "messages": [
        {"role": "user", "content": "q", "tool_calls": None},
        {"role": "assistant", "content": "", "tool_calls": [call]},
    ],
    "tools": [{"name": "f", "limits": {"1": 2.0, "0": 3}}],
}

pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), PATH, compression="none")
