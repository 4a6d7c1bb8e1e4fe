// Which columns of tables (values made of constants and batch data) hold the same numbers:
// cos(cat(f, f)) repeats its first half. Columns with one key are equal; unequal keys say nothing.
import { formatAttributes, type HostData, sameShape, type Value } from '@automodel/core';
import { countOf, movedFrom, type Columns, type Source } from './columns.js';

export class TableKeys {
  readonly #constants = new Map<string, readonly number[]>();
  readonly #known = new Map<string, string>();

  of({ columns, column }: Source): string {
    const name = `${columns.value.id}/${columns.trailing}:${column}`;
    let key = this.#known.get(name);
    if (key === undefined) this.#known.set(name, (key = this.#derive(columns, column, name)));
    return key;
  }

  #derive(columns: Columns, column: number, name: string): string {
    const node = columns.value.node;
    if (node?.op.name === 'constant')
      return `${columns.value.id}/${columns.trailing}:${this.#firstEqual(columns)[column]!}`;
    // Leading dimensions may be split or joined: what counts is the order of the rows.
    const moved = movedFrom(columns, column) ?? unmoved(columns, column);
    if (moved !== undefined) return this.of(moved);
    const operands = node?.inputs ?? [];
    const elementwise =
      operands.length > 0 &&
      operands.length <= 2 &&
      operands.every(
        (v) => v !== undefined && (v.shape.length === 0 || sameShape(v.shape, columns.value.shape)),
      ) &&
      ELEMENTWISE.has(node!.op.name);
    if (!elementwise) return name;
    const keys = operands.map((v) =>
      v!.shape.length === 0
        ? scalarKey(v!)
        : this.of({ columns: { value: v!, trailing: columns.trailing }, column }),
    );
    return `${node!.op.name}${formatAttributes(node!.attrs)}(${keys.join()})`;
  }

  /** For each column of a constant the first that holds the same numbers. */
  #firstEqual(columns: Columns): readonly number[] {
    const name = `${columns.value.id}/${columns.trailing}`;
    let first = this.#constants.get(name);
    if (first !== undefined) return first;
    const data = columns.value.node!.attrs['data'] as HostData;
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
