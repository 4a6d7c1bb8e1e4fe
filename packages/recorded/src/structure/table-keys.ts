// Which columns of tables (values made of constants and batch data) hold the same numbers:
// cos(cat(f, f)) repeats its first half. Columns with one key are equal; unequal keys say nothing.
import { formatAttributes, type HostData, type Node, sameShape, type Value } from '@automodel/core';
import { countOf, movedFrom, type Columns, type Source } from './columns.js';

/** The key of a column that columns of operands decide, or its own. */
interface Derivation {
  readonly needs: readonly Source[];
  readonly key: (keys: readonly string[]) => string;
}

export class TableKeys {
  readonly #constants = new Map<string, readonly number[]>();
  readonly #known = new Map<string, string>();
  /** Short keys: a sum of a table with itself would double the length of a written one. */
  readonly #short = new Map<string, string>();

  /** Tables may be chains as long as the graph, so nothing recurses. */
  of(source: Source): string {
    const pending = [source];
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      const { needs, key } = this.#derivationOf(next);
      const keys = needs.map((s) => this.#known.get(nameOf(s)));
      const missing = needs.filter((_, i) => keys[i] === undefined);
      pending.push(...missing);
      if (missing.length > 0) continue;
      this.#known.set(nameOf(next), key(keys.filter((k) => k !== undefined)));
      pending.pop();
    }
    return this.#known.get(nameOf(source)) ?? nameOf(source);
  }

  #shortened(text: string): string {
    const known = this.#short.get(text);
    if (known !== undefined) return known;
    const key = `k${this.#short.size}`;
    this.#short.set(text, key);
    return key;
  }

  #derivationOf(source: Source): Derivation {
    const { columns, column } = source;
    const own = (name: string): Derivation => ({ needs: [], key: () => name });
    const known = this.#known.get(nameOf(source));
    const { node } = columns.value;
    if (known !== undefined || node === undefined) return own(known ?? nameOf(source));
    if (node.op.name === 'constant')
      return own(nameOf({ columns, column: this.#firstEqual(columns, node)[column] ?? column }));
    // Leading dimensions may be split or joined: what counts is the order of the rows.
    const moved = movedFrom(columns, column) ?? unmoved(columns, column);
    if (moved !== undefined) return { needs: [moved], key: ([key = nameOf(moved)]) => key };
    return this.#elementwise(node, columns, column) ?? own(nameOf(source));
  }

  /** A function of the same column of operands, and of numbers. */
  #elementwise(node: Node, columns: Columns, column: number): Derivation | undefined {
    const { shape } = columns.value;
    const operands = node.inputs.filter((v) => v !== undefined);
    const isTable = (v: Value): boolean => v.shape.length > 0;
    const fits =
      ELEMENTWISE.has(node.op.name) &&
      operands.length <= 2 &&
      operands.every((v) => !isTable(v) || sameShape(v.shape, shape));
    if (!fits) return undefined;
    return {
      needs: operands.filter(isTable).map((value) => ({ columns: { ...columns, value }, column })),
      key: (keys) => {
        const rest = [...keys];
        const read = operands.map((v) => (isTable(v) ? rest.shift() : scalarKey(v)));
        return this.#shortened(`${node.op.name}${formatAttributes(node.attrs)}(${read.join()})`);
      },
    };
  }

  /** For each column of a constant the first that holds the same numbers. */
  #firstEqual(columns: Columns, constant: Node): readonly number[] {
    const name = `${columns.value.id}/${columns.trailing}`;
    let first = this.#constants.get(name);
    if (first !== undefined) return first;
    const data = constant.attrs['data'] as HostData;
    const count = countOf(columns);
    const rows = data.length / count;
    const equal = (a: number, b: number): boolean => {
      for (let r = 0; r < rows; r++) if (data[r * count + a] !== data[r * count + b]) return false;
      return true;
    };
    const distinct: number[] = [];
    first = Array.from({ length: count }, (_, c) => {
      const known = distinct.find((d) => equal(d, c));
      if (known === undefined) distinct.push(c);
      return known ?? c;
    });
    this.#constants.set(name, first);
    return first;
  }
}

const nameOf = ({ columns, column }: Source): string =>
  `${columns.value.id}/${columns.trailing}:${column}`;

/** Functions of single entries that tables are made with. */
const ELEMENTWISE = new Set([
  'cos',
  'sin',
  'mul',
  'add',
  'sub',
  'div',
  'neg',
  'cast',
  'exp',
  'pow',
  'reciprocal',
]);

const scalarKey = (value: Value): string => {
  const { node } = value;
  return node?.op.name === 'constant'
    ? `=${String((node.attrs['data'] as HostData)[0])}`
    : `${value.id}`;
};

/** A reshape that changes leading dimensions only. */
function unmoved(columns: Columns, column: number): Source | undefined {
  const node = columns.value.node;
  const operand = node?.inputs[0];
  if (node?.op.name !== 'reshape' || operand === undefined) return undefined;
  for (let trailing = 1; trailing <= operand.shape.length; trailing++)
    if (countOf({ value: operand, trailing }) === countOf(columns))
      return { columns: { value: operand, trailing }, column };
  return undefined;
}
