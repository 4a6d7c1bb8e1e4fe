"""Makes templates and variables from a seed: over the whole grammar, with values of all types, and
mostly of types that fit, so that few of them only show a TypeError."""

import random

TEXTS = [
    "", "a", "Hello World", "  padded  ", "line one\nline two\n", "héllo wörld", "🙂 smile 🙂", "ß",
    "<b>bold</b> & \"q\" 'x'", "a,b,,c", "12", "-3.5", "abcabc", "\ttab\tbed", "İstanbul ΑΣ",
    "<think>\nwhy\n</think>\n\nbecause", "{x} {0} %s %%", "Title Case words-here", "x" * 30,
    "\u2028sep\x1c\x85 nbsp\u00a0", "null", "True", "a\r\nb", "日本語 テキスト", "{{ no }} {% tag %}",
    "one  two   three", "/path/to file?x=1&y=ü", "don't", "back\\slash", "zero\x00byte", "½ ² ٣",
]
INTEGERS = [0, 1, 2, 3, 5, 7, 10, -1, -2, -7, 42, 100, 255, 1000, 2**31, 2**53, 2**53 + 1, -(2**63), 10**20]
FLOATS = [0.0, 1.0, -1.0, 0.5, 2.5, 3.5, -2.5, 0.1, 1e16, 1e-5, 123456.789, 1e22, 3.14159, 1e100, 0.125, 2.675]
NAMES = ["a", "b", "c", "x", "y", "i", "item", "s", "t", "n", "f", "l", "d", "ns", "messages", "nothing", "loop"]
KEYS = ["role", "content", "name", "id", "a", "b", "items", "get", "0", "x y", "value", "tags", "n"]
SMALL = [0, 1, 2, 3, -1, -2, 5, 10]


def random_value(rng, depth=2):
    kind = rng.choice("sssnnfbNld" if depth > 0 else "sssnnfbN")
    if kind == "s":
        return rng.choice(TEXTS)
    if kind == "n":
        return rng.choice(INTEGERS)
    if kind == "f":
        return rng.choice(FLOATS)
    if kind == "b":
        return rng.random() < 0.5
    if kind == "N":
        return None
    if kind == "l":
        return [random_value(rng, depth - 1) for _ in range(rng.randrange(4))]
    return {rng.choice(KEYS): random_value(rng, depth - 1) for _ in range(rng.randrange(4))}


def random_message(rng):
    message = {"role": rng.choice(["user", "assistant", "system", "tool"]), "content": rng.choice(TEXTS)}
    if rng.random() < 0.3:
        message["n"] = rng.choice(INTEGERS)
    if rng.random() < 0.2:
        message["tags"] = [rng.choice(TEXTS) for _ in range(rng.randrange(3))]
    if rng.random() < 0.2:
        message["name"] = rng.choice(TEXTS + [None])
    return message


def random_variables(rng):
    return {
        "s": rng.choice(TEXTS),
        "t": rng.choice(TEXTS),
        "n": rng.choice(INTEGERS),
        "i": rng.choice(SMALL),
        "f": rng.choice(FLOATS),
        "l": [random_value(rng, 1) for _ in range(rng.randrange(5))],
        "words": [rng.choice(TEXTS) for _ in range(rng.randrange(5))],
        "numbers": [rng.choice(INTEGERS + FLOATS) for _ in range(rng.randrange(6))],
        "d": {rng.choice(KEYS): random_value(rng) for _ in range(rng.randrange(5))},
        "messages": [random_message(rng) for _ in range(rng.randrange(5))],
        "a": random_value(rng),
        "none_value": None,
        "yes": True,
    }


class Generator:
    def __init__(self, rng):
        self.rng = rng
        self.macros = []
        self.loops = 0
        self.blocks = 0

    # -- expressions

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, share):
        return self.rng.random() < share

    def quoted(self, text):
        quote = self.pick("'", '"')
        escaped = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
        if self.chance(0.5):
            escaped = escaped.replace("\n", "\\n").replace("\t", "\\t")
        return quote + escaped + quote

    def any(self, depth):
        return self.rng.choice(
            [self.text, self.text, self.integer, self.number, self.list, self.dict, self.bool, self.odd]
        )(depth)

    def mixed(self, depth, usual):
        return self.any(depth - 1) if self.chance(0.08) else usual(depth - 1)

    def odd(self, depth):
        if depth <= 0:
            return self.pick("none", "nothing", "nothing.x", "missing", "None", "d.nope", "namespace", "range")
        return self.rng.choice(
            [
                lambda: f"({self.any(depth - 1)}, {self.any(depth - 1)})",
                lambda: f"({self.any(depth - 1)},)",
                lambda: "()",
                lambda: f"{self.any(depth - 1)} if {self.bool(depth - 1)} else {self.any(depth - 1)}",
                lambda: f"({self.any(depth - 1)} if {self.bool(depth - 1)})",
                lambda: f"({self.any(depth - 1)} {self.pick('and', 'or')} {self.any(depth - 1)})",
                lambda: f"range({self.small()})",
                lambda: f"range({self.small()}, {self.small()}, {self.pick('1', '2', '-1')})",
                lambda: f"namespace(a={self.any(depth - 1)})",
                lambda: f"dict({self.pick('a', 'b')}={self.any(depth - 1)})",
                lambda: f"{self.atom(self.list(depth - 1))}|{self.pick('select', 'reject', 'map(attribute=1)', 'unique', 'batch(2)', 'slice(2)', 'reverse')}",
                lambda: f"d.{self.pick('items', 'keys', 'values')}()",
                lambda: f"{self.atom(self.any(depth - 1))}.{self.pick(*KEYS, 'upper', '__class__', '_x', 'append', 'count', 'real')}",
                lambda: f"{self.atom(self.any(depth - 1))}[{self.any(depth - 1)}]",
                lambda: f"{self.atom(self.any(depth - 1))}|default({self.any(depth - 1)}{self.pick('', ', true', ', boolean=false')})",
                lambda: f"{self.any(depth - 1)}|attr({self.quoted(self.pick(*KEYS, 'upper', 'keys'))})",
                lambda: f"{self.atom(self.list(depth - 1))}|{self.pick('first', 'last', 'min', 'max', 'first', 'nope' if self.chance(0.05) else 'last')}",
                lambda: f"{self.call()}",
                lambda: f"loop.{self.loop_attribute()}",
                lambda: f"cycler({self.any(depth - 1)}, {self.any(depth - 1)}).{self.pick('next()', 'current', 'reset()')}",
                lambda: f"joiner({self.text(depth - 1)})()",
                lambda: f"{self.any(depth - 1)}|{self.pick('escape', 'safe', 'e', 'forceescape')}",
                lambda: f"({self.text(depth - 1)}|{self.pick('escape', 'safe')}) {self.pick('+', '~', '%')} {self.any(depth - 1)}",
                lambda: f"{self.number(depth - 1)} {self.pick('+', '-', '*', '/', '//', '%')} {self.any(depth - 1)}",
            ]
        )()

    def loop_attribute(self):
        return self.pick(
            "index", "index0", "first", "last", "length", "revindex", "revindex0", "depth", "depth0",
            "previtem", "nextitem", "cycle('x', 'y')", "changed(i)", "nope",
        )

    def small(self):
        return self.rng.choice([str(value) for value in SMALL] + ["i", "l|length"])

    def call(self):
        if not self.macros:
            return "nothing"
        name, count = self.rng.choice(self.macros)
        given = [self.any(1) for _ in range(self.rng.randrange(count + 2))]
        if self.chance(0.3):
            given.append(f"{self.pick('a', 'b', 'x')}={self.any(1)}")
        return f"{name}({', '.join(given)})"

    def text(self, depth):
        if depth <= 0:
            return self.rng.choice(
                [
                    lambda: self.quoted(self.rng.choice(TEXTS)),
                    lambda: self.pick("s", "t", "d.role", "messages[0].content", "words[0]", "a"),
                ]
            )()
        rng = self.rng
        inner = lambda: self.mixed(depth, self.text)
        return rng.choice(
            [
                lambda: f"{inner()} {self.pick('+', '~')} {inner()}",
                lambda: f"({inner()} ~ {self.any(depth - 1)} ~ {inner()})",
                lambda: f"{self.atom(inner())}{self.slice()}",
                lambda: f"{self.atom(inner())}[{self.small()}]",
                lambda: f"({inner()}).{self.text_method(depth)}",
                lambda: f"{self.pick('s', 't')}.{self.text_method(depth)}",
                lambda: f"({inner()})|{self.text_filter(depth)}",
                lambda: f"{self.atom(self.any(depth - 1))}|{self.pick('string', 'tojson', 'tojson(indent=2)', 'upper', 'trim', 'tojson(sort_keys=true)', 'tojson(ensure_ascii=true)', 'urlencode', 'title', 'lower')}",
                lambda: f"{self.atom(self.mixed(depth, self.list))}|join({self.pick('', self.quoted(', '))})",
                lambda: f"{self.atom(inner())} * {self.pick('0', '1', '2', '3', 'i')}",
                lambda: self.percent(depth),
                lambda: self.format(depth),
                lambda: f"{self.quoted('a')} {self.quoted('b')}",
                lambda: f"{self.quoted(self.pick('-', ', ', '', '🙂'))}.join({self.mixed(depth, self.list)})",
            ]
        )()

    def slice(self):
        parts = [self.pick("", "", "1", "2", "-1", "-2", "0", "i") for _ in range(self.pick(2, 2, 3))]
        if len(parts) == 3:
            parts[2] = self.pick("", "1", "2", "-1", "-2")
        return f"[{':'.join(parts)}]"

    def affix(self):
        return self.quoted(self.pick("a", "H", " ", "<", "\n", "x", "lo", "🙂", ",", "abc", "", "e", "ü"))

    def text_method(self, depth):
        affix = self.affix()
        return self.pick(
            "upper()", "lower()", "title()", "capitalize()", "swapcase()", "casefold()", "strip()", "lstrip()",
            "rstrip()", f"strip({affix})", f"lstrip({affix})", f"rstrip({affix})", f"replace({affix}, {self.affix()})",
            f"replace({affix}, {self.affix()}, {self.small()})", f"center({self.small()})", f"ljust({self.small()}, '*')",
            f"rjust(10, '🙂')", "zfill(8)", "expandtabs()", "expandtabs(4)", f"removeprefix({affix})",
            f"removesuffix({affix})", f"format({self.any(depth - 1)}, a={self.any(depth - 1)})",
            "encode()" if self.chance(0.1) else "strip()", "translate({97: 'A', 98: none})",
        )

    def text_filter(self, depth):
        return self.pick(
            "upper", "lower", "title", "capitalize", "trim", f"trim({self.affix()})", "length", "reverse", "string",
            f"replace({self.affix()}, {self.affix()})", f"replace({self.affix()}, {self.any(depth - 1)}, {self.small()})",
            f"center({self.small()})", "center(20)", "indent", f"indent({self.small()}, true)", "indent(2, blank=true)",
            "indent(width='> ', first=true)", "truncate(8)", "truncate(9, true)", "truncate(7, false, '…', 0)",
            "wordcount", "wordwrap(8)", "wordwrap(5, false)", "wordwrap(7, wrapstring='|')", "striptags", "escape",
            "forceescape", "safe", "urlencode", "first", "last", "list|join('|')", "int", "float", "default('dd', true)",
            f"format({self.any(depth - 1)})", "int(7)", "int(base=16)", "float(1.5)", "tojson", "filesizeformat",
            "wordwrap(4, break_on_hyphens=false)",
        )

    def percent(self, depth):
        flags = self.pick("", "", "-", "0", "+", " ", "#")
        width = self.pick("", "", "5", "12", "*")
        precision = self.pick("", "", ".0", ".2", ".5")
        letter = self.pick("s", "s", "d", "i", "f", "e", "g", "x", "X", "o", "r", "c", "%", "F", "G", "E", "a", "u", "q")
        value = {"s": self.any, "r": self.any, "a": self.any}.get(letter, self.number)(depth - 1)
        before = "4, " if width == "*" else ""
        if self.chance(0.15):
            return f"'%({self.pick('role', 'a', 'name')}){flags}{width if width != '*' else ''}{letter}' % d"
        if before or self.chance(0.5):
            return f"'<%{flags}{width}{precision}{letter}>' % ({before}{value},)"
        return f"'<%{flags}{width}{precision}{letter}>' % {self.atom(value)}"

    @staticmethod
    def atom(expression):
        return f"({expression})"

    def format(self, depth):
        fill = self.pick("", "", "*<", "_^", ">", "0=", "🙂^", "=")
        sign = self.pick("", "", "+", " ", "-")
        rest = self.pick("", "5", "12", "012", "#x", "#10o", "_", ",", ".2f", "e", ".3", "b", "s", "g", "c", "010.1f", "d", ",.2f", "%", "_x", "z.1f", "n")
        value = self.rng.choice([self.number, self.text, self.any, self.integer])(depth - 1)
        conversion = self.pick("", "", "", "!r", "!s", "!a")
        field = self.pick("", "0", "0", "a", "a.b", "0[0]", "0.role", "a[role]")
        return f"'<{{{field}{conversion}:{fill}{sign}{rest}}}>'.format({self.atom(value)}, a={self.any(depth - 1)})"

    def integer(self, depth):
        if depth <= 0:
            return self.rng.choice([lambda: str(self.rng.choice(INTEGERS)), lambda: self.pick("n", "i", "1_000", "0x1F", "0b101", "0o17")])()
        inner = lambda: self.mixed(depth, self.integer)
        return self.rng.choice(
            [
                lambda: f"{inner()} {self.pick('+', '-', '*', '//', '%')} {inner()}",
                lambda: f"({inner()} {self.pick('+', '-', '*')} {inner()})",
                lambda: f"{inner()} ** {self.pick('0', '1', '2', '3')}",
                lambda: f"{self.pick('-', '+')}{self.atom(inner())}",
                lambda: f"{self.atom(self.mixed(depth, self.text))}|length",
                lambda: f"{self.atom(self.mixed(depth, self.list))}|{self.pick('length', 'count', 'sum', 'list|length')}",
                lambda: f"{self.atom(self.any(depth - 1))}|int{self.pick('', '(9)', '(base=16)', '(default=none)')}",
                lambda: f"{self.pick('s', 't')}.{self.pick('find', 'count', 'rfind', 'index')}({self.affix()}{self.pick('', ', 1', ', 0, 3', ', -3')})",
                lambda: f"{self.atom(inner())}|abs",
                lambda: f"numbers|length",
                lambda: f"{self.atom(inner())}|round(-1)|int",
                lambda: f"(n).bit_length()",
            ]
        )()

    def number(self, depth):
        if depth <= 0:
            return self.rng.choice(
                [
                    lambda: repr(self.rng.choice(FLOATS)),
                    lambda: str(self.rng.choice(INTEGERS)),
                    lambda: self.pick("n", "i", "f", "1e3", "1_0.5", "2E-2", "true"),
                ]
            )()
        inner = lambda: self.mixed(depth, self.number)
        return self.rng.choice(
            [
                lambda: f"{inner()} {self.pick('+', '-', '*', '/', '//', '%')} {inner()}",
                lambda: f"{inner()} ** {self.pick('0', '1', '2', '-1', '0.5', '-2')}",
                lambda: f"{self.atom(inner())}|round{self.pick('', '(1)', '(2)', '(-1)', '(1, ' + repr('floor') + ')', '(method=' + repr('ceil') + ')')}",
                lambda: f"{self.atom(self.any(depth - 1))}|float{self.pick('', '(2.5)')}",
                lambda: f"numbers|{self.pick('sum', 'min', 'max', 'first', 'last')}",
                lambda: f"-{self.atom(inner())}",
                lambda: f"{self.atom(inner())}|abs",
                lambda: self.integer(depth - 1),
            ]
        )()

    def list(self, depth):
        if depth <= 0:
            return self.rng.choice(
                [
                    lambda: self.pick("l", "words", "numbers", "messages", "l", "d"),
                    lambda: f"[{', '.join(str(self.rng.choice(INTEGERS)) for _ in range(self.rng.randrange(4)))}]",
                    lambda: f"[{', '.join(self.quoted(self.rng.choice(TEXTS)) for _ in range(self.rng.randrange(4)))}]",
                ]
            )()
        inner = lambda: self.mixed(depth, self.list)
        test = self.test(depth)
        return self.rng.choice(
            [
                lambda: f"[{', '.join(self.any(depth - 1) for _ in range(self.rng.randrange(4)))}{self.pick('', '')}]",
                lambda: f"{inner()} + {inner()}",
                lambda: f"{self.atom(inner())}{self.slice()}",
                lambda: f"{self.atom(inner())} * {self.pick('0', '1', '2')}",
                lambda: f"{self.atom(self.mixed(depth, self.text))}|list",
                lambda: f"{self.pick('s', 't')}.{self.pick('split', 'rsplit')}({self.pick('', self.affix(), self.affix() + ', 1', 'none, 1', 'maxsplit=1')})",
                lambda: f"{self.pick('s', 't')}.{self.pick('splitlines()', 'splitlines(true)', 'partition(' + self.affix() + ')', 'rpartition(' + self.affix() + ')')}",
                lambda: f"{self.atom(inner())}|{self.pick('sort', 'sort(true)', 'sort(case_sensitive=true)', 'unique|list', 'reverse|list', 'list', 'batch(2)|list', 'batch(3, 0)|list', 'slice(2)|list', 'slice(3, none)|list')}",
                lambda: f"messages|{self.pick('selectattr', 'rejectattr')}({self.quoted(self.pick('role', 'n', 'content', 'tags', 'name'))}{self.pick('', ', ' + repr('defined'), ', ' + repr('equalto') + ', ' + repr('user'), ', ' + repr('none'), ', ' + repr('undefined'), ', ' + repr('string'))})|list",
                lambda: f"{self.atom(inner())}|{self.pick('select', 'reject')}({self.pick('', repr(test))})|list",
                lambda: f"{self.atom(inner())}|map({self.pick(repr('upper'), repr('length'), repr('string'), repr('trim'), 'attribute=' + repr('role'), 'attribute=0', 'attribute=' + repr('content') + ', default=' + repr('-'), repr('default') + ', 1')})|list",
                lambda: f"messages|{self.pick('sort', 'groupby', 'unique', 'min', 'max', 'sum')}(attribute={self.quoted(self.pick('role', 'content', 'n', 'role,content'))})",
                lambda: f"{self.dict(depth - 1)}|{self.pick('dictsort', 'dictsort(true)', 'dictsort(by=' + repr('value') + ')', 'items|list', 'list', 'dictsort(reverse=true)')}",
                lambda: f"range({self.small()})|list",
                lambda: f"messages|groupby({self.quoted(self.pick('role', 'name'))}{self.pick('', ', default=' + repr('z'), ', case_sensitive=true')})",
            ]
        )()

    def dict(self, depth):
        if depth <= 0:
            return self.pick("d", "messages[0]", "{}", "{'a': 1}", "messages|first")
        return self.rng.choice(
            [
                lambda: "{" + ", ".join(f"{self.rng.choice([self.text, self.text, self.number])(0)}: {self.any(depth - 1)}" for _ in range(self.rng.randrange(4))) + "}",
                lambda: f"dict(a={self.any(depth - 1)}, b={self.any(depth - 1)})",
                lambda: f"dict({self.dict(depth - 1)}, **d)",
                lambda: f"{self.dict(depth - 1)}.copy()",
                lambda: "d",
                lambda: "{1: 'x', true: 'y', 1.0: 'z'}",
            ]
        )()

    def test(self, depth):
        return self.pick(
            "defined", "undefined", "none", "string", "number", "integer", "float", "boolean", "mapping", "sequence",
            "iterable", "callable", "true", "false", "odd", "even", "lower", "upper", "escaped",
        )

    def bool(self, depth):
        if depth <= 0:
            return self.pick("true", "false", "yes", "i", "s", "l", "none_value", "nothing", "True", "False")
        comparison = self.pick("==", "!=", "<", ">", "<=", ">=")
        return self.rng.choice(
            [
                lambda: f"{self.any(depth - 1)} {self.pick('==', '!=')} {self.any(depth - 1)}",
                lambda: f"{self.number(depth - 1)} {comparison} {self.number(depth - 1)}",
                lambda: f"{self.text(depth - 1)} {comparison} {self.text(depth - 1)}",
                lambda: f"{self.list(depth - 1)} {comparison} {self.list(depth - 1)}",
                lambda: f"{self.number(0)} < {self.number(0)} {comparison} {self.number(0)}",
                lambda: f"{self.text(depth - 1)} {self.pick('in', 'not in')} {self.text(depth - 1)}",
                lambda: f"{self.any(depth - 1)} {self.pick('in', 'not in')} {self.rng.choice([self.list, self.dict])(depth - 1)}",
                lambda: f"{self.any(depth - 1)} is {self.pick('', '', 'not ')}{self.test(depth)}",
                lambda: f"{self.number(depth - 1)} is {self.pick('divisibleby 3', 'divisibleby(2)', 'odd', 'even', 'eq 1', 'ge(2)', 'lt 5', 'in [1, 2]')}",
                lambda: f"{self.quoted(self.pick('upper', 'odd', 'nope'))} is {self.pick('filter', 'test')}",
                lambda: f"not {self.bool(depth - 1)}",
                lambda: f"({self.bool(depth - 1)} {self.pick('and', 'or')} {self.bool(depth - 1)})",
                lambda: f"{self.pick('s', 't')}.{self.pick('startswith', 'endswith')}({self.pick(self.affix(), '(' + self.affix() + ', ' + self.affix() + ')')})",
                lambda: f"{self.atom(self.text(depth - 1))}.{self.pick('isalpha', 'isdigit', 'isspace', 'islower', 'isupper', 'istitle', 'isalnum', 'isnumeric', 'isdecimal', 'isidentifier', 'isprintable', 'isascii')}()",
                lambda: f"{self.any(depth - 1)} is sameas {self.pick('none', 'true', 'false')}",
            ]
        )()

    # -- statements

    def open(self):
        return "{%" + self.pick("", "", "", "", "-", "+") + self.pick(" ", " ", "", "\n")

    def close(self):
        return self.pick(" ", " ", "") + self.pick("", "", "", "", "-", "+") + "%}"

    def tag(self, text):
        return self.open() + text + self.close()

    def data(self):
        return self.pick(
            "", "", " ", "\n", "text", "\n  ", "  \n\n", "<|im_start|>", " a\nb ", "\n\n", "🙂", "\t", "{ ", "}", "# no", "%",
            "  x  ", "\r\n", "\u00a0\n", "]]", "' \"",
        )

    def output(self, depth):
        if self.chance(0.05):
            return self.tag(f"print {self.any(depth)}, {self.any(depth)}")
        inner = self.any(depth)
        if self.chance(0.05):
            inner += ", " + self.any(depth)
        return "{{" + self.pick("", "", "", "-", "+ ") + self.pick(" ", "") + " " + inner + " " + self.pick("", "", "", "-") + "}}"

    def body(self, depth):
        return "".join(self.data() + self.statement(depth) for _ in range(self.rng.randrange(1, 4))) + self.data()

    def statement(self, depth):
        if depth <= 0:
            return self.output(self.pick(1, 2, 3))
        return self.rng.choice(
            [
                self.output, self.output, self.output, self.if_, self.if_, self.for_, self.for_, self.for_, self.set_, self.set_,
                self.set_block, self.with_, self.macro, self.call_block, self.filter_block, self.raw, self.comment,
                self.generation, self.namespace, self.control, self.recursive, self.block, self.data_only,
            ]
        )(depth)

    def data_only(self, depth):
        return self.data()

    def if_(self, depth):
        text = self.tag(f"if {self.bool(2)}") + self.body(depth - 1)
        if self.chance(0.3):
            text += self.tag(f"elif {self.bool(2)}") + self.body(depth - 1)
        if self.chance(0.4):
            text += self.tag("else") + self.body(depth - 1)
        return text + self.tag("endif")

    def target(self):
        return self.pick("x", "i", "item", "a", "c", "x, y", "m")

    def for_(self, depth):
        target = self.target()
        items = self.list(2)
        if ", " in target:
            items = self.pick("d.items()", "d|dictsort", "[(1, 2), ('a', 'b')]", "d|items", "messages|groupby('role')", "['ab', 'cd']")
        if target == "m":
            items = self.pick("messages", "messages[1:]", "messages[::-1]", "messages|reverse", "messages|selectattr('n')")
        condition = f" if {self.bool(2)}" if self.chance(0.2) else ""
        self.loops += 1
        body = self.body(depth - 1)
        if self.chance(0.5):
            body += "{{ loop." + self.loop_attribute() + " }}"
        if target == "m":
            body += "{{ m." + self.pick("role", "content", "n", "nope") + " }}"
        else:
            body += "{{ " + target.split(",")[0] + " }}"
        self.loops -= 1
        text = self.tag(f"for {target} in {items}{condition}") + body
        if self.chance(0.3):
            text += self.tag("else") + self.body(depth - 1)
        return text + self.tag("endfor")

    def recursive(self, depth):
        condition = f" if {self.bool(1)}" if self.chance(0.2) else ""
        inner = "{% if x is not string and x is iterable and loop.depth < 4 %}[{{ loop(x) }}]{% else %}{{ x }}{% endif %}"
        text = self.tag(f"for x in {self.pick('l', 'a', '[[1, [2]], 3]', 'words')}{condition} recursive")
        text += inner + self.pick("", "{{ loop.depth }}", "{{ loop.index }}/{{ loop.length }}") + self.data()
        if self.chance(0.3):
            text += self.tag("else") + "-"
        return text + self.tag("endfor")

    def control(self, depth):
        word = self.pick("break", "continue")
        if self.loops == 0 and self.chance(0.9):
            return self.output(2)
        return self.tag(f"if {self.bool(1)}") + self.tag(word) + self.tag("endif")

    def set_(self, depth):
        name = self.pick("a", "b", "c", "x", "s", "ns", "x, y")
        value = f"{self.any(2)}, {self.any(2)}" if ", " in name else self.any(3)
        return self.tag(f"set {name} = {value}") + "{{ " + name.split(",")[0] + " }}"

    def set_block(self, depth):
        filters = self.pick("", "", " | upper", " | trim | length", " | replace('a', s)")
        return self.tag(f"set {self.pick('a', 'b', 'c')}{filters}") + self.body(depth - 1) + self.tag("endset") + "{{ a }}{{ b }}"

    def with_(self, depth):
        pairs = self.pick("", f"a = {self.any(2)}", f"b = {self.any(2)}, c = b", f"x, y = (1, {self.any(1)})")
        return self.tag(f"with {pairs}") + self.body(depth - 1) + "{{ a }}{{ c }}" + self.tag("endwith")

    def macro(self, depth):
        name = f"m{self.rng.randrange(4)}"
        parameters = self.pick([], ["a"], ["a", "b=1"], ["a", "b='x'", "c=a"], ["x=s"], ["a", "caller=none"])
        outer, self.loops = self.loops, 0
        body = self.body(depth - 1) + self.pick("", "{{ a }}", "{{ varargs }}", "{{ kwargs }}", "{{ caller() }}", "{{ caller(1) if caller }}", "{{ b }}{{ c }}")
        self.loops = outer
        text = self.tag(f"macro {name}({', '.join(parameters)})") + body + self.tag("endmacro")
        self.macros.append((name, len(parameters)))
        if self.chance(0.6):
            text += "{{ " + self.call() + " }}"
        return text

    def call_block(self, depth):
        if not self.macros:
            return self.macro(depth)
        arguments = self.pick("", "", "(x)", "(x, y=2)")
        outer, self.loops = self.loops, 0
        body = self.body(depth - 1) + self.pick("", "{{ x }}")
        self.loops = outer
        return self.tag(f"call{arguments} {self.call()}") + body + self.tag("endcall")

    def filter_block(self, depth):
        return self.tag(f"filter {self.pick('upper', 'trim', 'replace(' + repr('a') + ', ' + repr('b') + ')', 'indent(2)|trim', 'length', 'title')}") + self.body(depth - 1) + self.tag("endfilter")

    def raw(self, depth):
        return self.open() + "raw" + self.pick(" ", "") + self.pick("", "-") + "%}" + self.data() + "{{ x }}" + self.data() + self.tag("endraw")

    def comment(self, depth):
        return "{#" + self.pick("", "", "-", "+") + self.pick(" note ", "\n", " {{ x }} ") + self.pick("", "", "-", "+") + "#}"

    def generation(self, depth):
        outer, self.loops = self.loops, 0
        body = self.body(depth - 1)
        self.loops = outer
        return self.tag("generation") + body + self.tag("endgeneration")

    def namespace(self, depth):
        return (
            self.tag(f"set ns = namespace(a={self.any(1)}, n=0)")
            + self.tag(f"for i in {self.list(1)}")
            + self.tag(f"set ns.{self.pick('a', 'n', 'z')} = {self.pick('ns.n + 1', 'i', 'ns.a ~ i', 'loop.index')}")
            + self.tag("endfor")
            + "{{ ns.a }}{{ ns.n }}{{ ns.z }}"
        )

    def block(self, depth):
        self.blocks += 1
        outer, self.loops = self.loops, 0
        name = f"block{self.blocks}"
        body = self.body(depth - 1)
        self.loops = outer
        again = "{{ self." + name + "() }}" if self.chance(0.3) else ""
        return self.tag(f"block {name}{self.pick('', '', ' scoped')}") + body + self.tag(f"endblock{self.pick('', ' ' + name)}") + again


def make_row(seed, index):
    """Template and variables number `index` of a seed."""
    rng = random.Random(f"{seed}/{index}")
    generator = Generator(rng)
    if rng.random() < 0.4:
        template = "".join(generator.output(rng.choice([2, 3, 4])) for _ in range(rng.choice([1, 1, 2])))
        return {"template": template, "variables": random_variables(rng)}
    parts = [generator.body(rng.choice([1, 2, 2, 3])) for _ in range(rng.choice([1, 1, 1, 2]))]
    return {"template": "".join(parts), "variables": random_variables(rng)}
