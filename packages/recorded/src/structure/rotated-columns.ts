// The algebra behind rotary embeddings: each column of a value as a sum of at most two columns of
// one learned value, each times a column of a table or as it is.
import { operandOf, operandsOf, sameShape, type Node, type Value } from '@automodel/core';
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

/** How the terms of a value follow from those of others; undefined: no rule describes them. */
interface Rule {
  readonly needs: readonly Columns[];
  readonly terms: (column: number) => readonly Term[] | undefined;
}

export class RotatedColumns {
  readonly #subject: Subject;
  readonly #known = new Map<string, ColumnTerms>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /**
   * A value that no rule describes is its own columns. What it is made of may be a chain as long as
   * the graph, so nothing recurses.
   */
  of(columns: Columns): ColumnTerms {
    const pending = [{ columns, rule: this.#ruleOf(columns) }];
    for (let next = pending.at(-1); next !== undefined; next = pending.at(-1)) {
      const missing = (next.rule?.needs ?? []).filter((c) => !this.#known.has(nameOf(c)));
      if (missing.length === 0 || this.#known.has(nameOf(next.columns))) {
        pending.pop();
        this.#describe(next.columns, next.rule);
      } else pending.push(...missing.map((c) => ({ columns: c, rule: this.#ruleOf(c) })));
    }
    return this.#termsOf(columns);
  }

  #termsOf(columns: Columns): ColumnTerms {
    return this.#known.get(nameOf(columns)) ?? ownColumns(columns);
  }

  #describe(columns: Columns, rule: Rule | undefined): void {
    if (this.#known.has(nameOf(columns))) return;
    const list: (readonly Term[])[] = [];
    for (let c = 0; rule !== undefined && c < countOf(columns); c++) {
      const terms = rule.terms(c);
      if (terms === undefined) break;
      list.push(terms);
    }
    const described = rule !== undefined && list.length === countOf(columns);
    this.#known.set(nameOf(columns), described ? (c) => list[c] ?? [] : ownColumns(columns));
  }

  #ruleOf(columns: Columns): Rule | undefined {
    const { node } = columns.value;
    if (this.#known.has(nameOf(columns)) || node === undefined || countOf(columns) > MAX_COLUMNS)
      return undefined;
    switch (node.op.name) {
      case 'neg': {
        const x = { ...columns, value: operandOf(node) };
        return { needs: [x], terms: (c) => negated(this.#termsOf(x)(c)) };
      }
      case 'add':
      case 'sub':
        return this.#sum(node, columns);
      case 'mul':
        return this.#product(node, columns);
      default:
        return this.#moved(columns);
    }
  }

  #sum(node: Node, columns: Columns): Rule | undefined {
    const [first, other] = operandsOf(node, 2);
    const isTerm = (v: Value): boolean =>
      !this.#subject.isData(v) && sameShape(v.shape, columns.value.shape);
    if (!isTerm(first) || !isTerm(other)) return undefined;
    const [a, b] = [
      { ...columns, value: first },
      { ...columns, value: other },
    ];
    const second = (terms: readonly Term[]): readonly Term[] =>
      node.op.name === 'add' ? terms : negated(terms);
    return {
      needs: [a, b],
      terms: (c) => {
        const sum = [...this.#termsOf(a)(c), ...second(this.#termsOf(b)(c))];
        return sum.length <= 2 && sum.every((term) => term.table !== undefined) ? sum : undefined;
      },
    };
  }

  #product(node: Node, columns: Columns): Rule | undefined {
    const [first, second] = operandsOf(node, 2);
    const isFactor = (v: Value): boolean =>
      !this.#subject.isData(v) && sameShape(v.shape, columns.value.shape);
    const [value, table] = isFactor(first) ? [first, second] : [second, first];
    if (!isFactor(value) || !this.#subject.isData(table)) return undefined;
    const x = { ...columns, value };
    return {
      needs: [x],
      terms: (c) => {
        const terms = this.#termsOf(x)(c);
        return terms.some((term) => term.table !== undefined)
          ? undefined
          : terms.map((term) => ({ ...term, table: broadcastColumn(table, columns, c) }));
      },
    };
  }

  #moved(columns: Columns): Rule | undefined {
    const sources: Source[] = [];
    const needs = new Map<string, Columns>();
    for (let c = 0; c < countOf(columns); c++) {
      const source = movedFrom(columns, c);
      if (source === undefined) return undefined;
      sources.push(source);
      needs.set(nameOf(source.columns), source.columns);
    }
    return {
      needs: [...needs.values()],
      terms: (c) => {
        const source = sources[c];
        return source && this.#termsOf(source.columns)(source.column);
      },
    };
  }

  /** Values that `columns` was described through. */
  within(columns: Columns, into: Set<Value>): void {
    const pending = [columns];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { value, trailing } = next;
      // An empty rest of a rotation is described through nothing.
      if (into.has(value) || countOf(next) === 0 || this.#subject.isData(value)) continue;
      if (this.of(next)(0)[0]?.base.columns.value === value) continue;
      into.add(value);
      for (const v of value.node?.inputs ?? [])
        if (v !== undefined && v.shape.length >= trailing) pending.push({ value: v, trailing });
    }
  }
}

const nameOf = ({ value, trailing }: Columns): string => `${value.id}/${trailing}`;

const ownColumns =
  (columns: Columns): ColumnTerms =>
  (column) => [{ sign: 1, base: { columns, column } }];

const negated = (terms: readonly Term[]): readonly Term[] =>
  terms.map((term) => ({ ...term, sign: term.sign === 1 ? -1 : 1 }));
