// rope from primitives: a value whose columns are those of another one rotated in pairs, (a cos - b
// sin, b cos + a sin), however slices, negations, stacks and products spell it. Pairs may be halves
// or neighbours, on the way in and on the way out; columns after the rotated ones may pass
// unchanged.
import { type Node, sizeAt, sizeOf, type Value } from '@automodel/core';
import { emitRotation, type Arrangement, type Rotation, type Table } from './emit-rotation.js';
import { madeBy } from './recognize-value.js';
import type { MissedStructure } from '@automodel/contracts';
import type { Emit, Pattern, Subject } from './pattern.js';
import { MAX_COLUMNS, RotatedColumns, type Term } from './rotated-columns.js';
import { TableKeys } from './table-keys.js';
import { leadOf, type Source } from './columns.js';

export const rotary: Pattern = {
  name: 'fuse-rope',
  summary: 'rope from rotations of pairs of columns by tables',
  find: (subject) => {
    const columns = new RotatedColumns(subject);
    const keys = new TableKeys();
    const matches = new Map<Node, Emit>();
    const covered = new Set<Value>();
    for (const node of subject.graph.nodes.toReversed()) {
      const value = node.outputs[0];
      if (
        !['add', 'cat', 'reshape'].includes(node.op.name) ||
        covered.has(value) ||
        value.shape.length < 2 ||
        sizeAt(value, -1) > MAX_COLUMNS ||
        sizeOf(value.shape) === 0 ||
        subject.isData(value)
      )
        continue;
      const terms = columns.of({ value, trailing: 1 });
      const rotation = matchRotation(
        value,
        Array.from({ length: sizeAt(value, -1) }, (_, c) => terms(c)),
        keys,
      );
      if (rotation === undefined) continue;
      matches.set(node, (emission) => emitRotation(emission, rotation));
      columns.within({ value, trailing: 1 }, covered);
    }
    return { matches, missed: missedRotations(subject, covered) };
  },
};

interface Pair {
  readonly a: number;
  readonly b: number;
  readonly first: number;
  readonly second: number;
  readonly cos: Source;
  readonly sin: Source;
}

function matchRotation(
  value: Value,
  terms: readonly (readonly Term[])[],
  keys: TableKeys,
): Rotation | undefined {
  const base = terms[0]?.[0]?.base.columns;
  const rotated = terms.findIndex((column) => column.some((term) => term.table === undefined));
  const width = rotated === -1 ? terms.length : rotated;
  if (
    base === undefined ||
    width < 2 ||
    width % 2 === 1 ||
    leadOf(base).join() !== value.shape.slice(0, -1).join()
  )
    return undefined;
  if (
    !terms.every((column) =>
      column.every(
        (term) =>
          term.base.columns.value === base.value && term.base.columns.trailing === base.trailing,
      ),
    )
  )
    return undefined;
  const pairs = pairsOf(terms.slice(0, width), keys);
  if (pairs === undefined) return undefined;
  const offset = Math.min(...pairs.flatMap((p) => [p.a, p.b]));
  const inverse = pairs.some(({ a, b }, i) => i === 0 && a > b);
  const ordered = inverse
    ? pairs.map(({ a, b, first, second }) => ({ a: b, b: a, first: second, second: first }))
    : pairs;
  const from = arrangementOf(ordered.map((p) => [p.a - offset, p.b - offset]));
  const to = arrangementOf(ordered.map((p) => [p.first, p.second]));
  const [cos, sin] = [tableOf(pairs.map((p) => p.cos)), tableOf(pairs.map((p) => p.sin))];
  const kept = terms
    .slice(width)
    .every(
      ([term, more], i) =>
        more === undefined &&
        term?.table === undefined &&
        term?.sign === 1 &&
        term.base.column === offset + width + i,
    );
  const whole = from === to || width === terms.length;
  return from === undefined ||
    to === undefined ||
    cos === undefined ||
    sin === undefined ||
    !kept ||
    !whole
    ? undefined
    : { base, offset, width: terms.length, from, to, inverse, cos, sin };
}

/**
 * Each first column a cos - b sin with its second b cos + a sin, in the order of the first;
 * undefined unless all columns are such.
 */
function pairsOf(terms: readonly (readonly Term[])[], keys: TableKeys): Pair[] | undefined {
  const name = ({ sign, base, table }: Term): string =>
    `${sign}${base.column} ${table && `${keys.of(table)} ${layoutOf(table)}`}`;
  const byTerms = new Map(terms.map((column, c) => [column.map(name).sort().join(), c]));
  const pairs: Pair[] = [];
  for (const [first, column] of terms.entries()) {
    const [plus, minus] = [column.find((t) => t.sign === 1), column.find((t) => t.sign === -1)];
    if (column.length !== 2) return undefined;
    if (plus?.table === undefined || minus?.table === undefined) continue;
    const wanted = [
      { ...plus, base: minus.base },
      { ...minus, base: plus.base, sign: 1 as const },
    ];
    const second = byTerms.get(wanted.map(name).sort().join());
    if (second === undefined) return undefined;
    pairs.push({
      a: plus.base.column,
      b: minus.base.column,
      first,
      second,
      cos: plus.table,
      sin: minus.table,
    });
  }
  return 2 * pairs.length === terms.length ? pairs : undefined;
}

/** Along which dimensions a table repeats, counted from the last. */
function layoutOf({ columns }: Source): string {
  const lead = leadOf(columns);
  const first = lead.findIndex((d) => d !== 1);
  return first === -1 ? '' : lead.slice(first).join();
}

function arrangementOf(pairs: readonly (readonly [number, number])[]): Arrangement | undefined {
  if (pairs.every(([a, b], i) => a === i && b === pairs.length + i)) return 'halves';
  return pairs.every(([a, b], i) => a === 2 * i && b === 2 * i + 1) ? 'pairs' : undefined;
}

function tableOf(sources: readonly Source[]): Table | undefined {
  const [first, second] = sources;
  if (first === undefined) return undefined;
  const { columns, column: start } = first;
  const step = second === undefined ? 1 : second.column - start;
  const regular =
    step >= 1 &&
    sources.every((s, i) => s.columns.value === columns.value && s.column === start + i * step);
  return regular && columns.value.dtype === 'f32'
    ? { columns, start, step, count: sources.length }
    : undefined;
}

/**
 * What rotates halves or neighbours and was not fused: a join of a negated part with another part
 * of the same value.
 */
function missedRotations(subject: Subject, covered: ReadonlySet<Value>): MissedStructure[] {
  return subject.graph.nodes.flatMap((node) => {
    if (node.op.name !== 'cat' || covered.has(node.outputs[0]) || node.inputs.length !== 2)
      return [];
    const negated = madeBy(
      node.inputs.find((v) => madeBy(v, 'neg') !== undefined),
      'neg',
    );
    const other = node.inputs.find((v) => v !== negated?.outputs[0]);
    const part = madeBy(negated?.inputs[0], 'slice');
    const same = part !== undefined && part.inputs[0] === madeBy(other, 'slice')?.inputs[0];
    return same
      ? [
          {
            pattern: rotary.name,
            scope: node.scope,
            reason:
              'the tables that rotated entries are multiplied with are not those of one rotation',
          },
        ]
      : [];
  });
}
