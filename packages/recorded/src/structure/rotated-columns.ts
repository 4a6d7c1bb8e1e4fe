// The algebra behind rotary embeddings: each column of a value as a sum of at most two columns of
// one learned value, each times a column of a table or as it is.
import { sameShape, type Value } from '@automodel/core';
import type { Subject } from './pattern.js';
import { broadcastColumn, countOf, movedFrom, type Columns, type Source } from './columns.js';

/** sign * base[column] (* table). */
export interface Term {
  readonly sign: 1 | -1;
  readonly base: Source;
  readonly table?: Source;
}

/** The terms of each column. */
export type ColumnTerms = (column: number) => readonly Term[];

/** Wider values are not heads: they are their own columns. */
export const MAX_COLUMNS = 1024;

export class RotatedColumns {
  readonly #subject: Subject;
  readonly #known = new Map<string, ColumnTerms>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** A value that no rule describes is its own columns. */
  of(columns: Columns): ColumnTerms {
    const name = `${columns.value.id}/${columns.trailing}`;
    let terms = this.#known.get(name);
    if (terms === undefined) {
      const count = countOf(columns);
      const derived = count > MAX_COLUMNS ? undefined : this.#derive(columns, count);
      terms =
        derived === undefined
          ? (column) => [{ sign: 1, base: { columns, column } }]
          : (column) => derived[column]!;
      this.#known.set(name, terms);
    }
    return terms;
  }

  #derive(columns: Columns, count: number): readonly (readonly Term[])[] | undefined {
    const { value, trailing } = columns;
    const node = value.node;
    const each = (
      make: (c: number) => readonly Term[] | undefined,
    ): readonly (readonly Term[])[] | undefined => {
      const list: (readonly Term[])[] = [];
      for (let c = 0; c < count; c++) {
        const terms = make(c);
        if (terms === undefined) return undefined;
        list.push(terms);
      }
      return list;
    };
    const operand = (i: number): ColumnTerms => this.of({ value: node!.inputs[i]!, trailing });
    switch (node?.op.name) {
      case 'neg': {
        const x = operand(0);
        return each((c) => negated(x(c)));
      }
      case 'add':
      case 'sub': {
        if (
          !node.inputs.every((v) => sameShape(v!.shape, value.shape) && !this.#subject.isData(v!))
        )
          return undefined;
        const [a, b] = [operand(0), operand(1)];
        return each((c) => {
          const sum = [...a(c), ...(node.op.name === 'add' ? b(c) : negated(b(c)))];
          return sum.length <= 2 && sum.every((term) => term.table !== undefined) ? sum : undefined;
        });
      }
      case 'mul': {
        const at = node.inputs.findIndex(
          (v) => !this.#subject.isData(v!) && sameShape(v!.shape, value.shape),
        );
        const table = node.inputs[1 - at];
        if (at === -1 || !this.#subject.isData(table!)) return undefined;
        const x = operand(at);
        return each((c) =>
          x(c).some((term) => term.table !== undefined)
            ? undefined
            : x(c).map((term) => ({ ...term, table: broadcastColumn(table!, columns, c) })),
        );
      }
      default:
        return each((c) => {
          const source = movedFrom(columns, c);
          return source === undefined ? undefined : this.of(source.columns)(source.column);
        });
    }
  }

  /** Values that `columns` was described through. */
  within(columns: Columns, into: Set<Value> = new Set()): Set<Value> {
    const own = this.of(columns);
    if (
      into.has(columns.value) ||
      own(0)[0]?.base.columns.value === columns.value ||
      this.#subject.isData(columns.value)
    )
      return into;
    into.add(columns.value);
    for (const v of columns.value.node?.inputs ?? [])
      if (v !== undefined && v.shape.length >= columns.trailing)
        this.within({ value: v, trailing: columns.trailing }, into);
    return into;
  }
}

const negated = (terms: readonly Term[]): readonly Term[] =>
  terms.map((term) => ({ ...term, sign: term.sign === 1 ? -1 : 1 }));
