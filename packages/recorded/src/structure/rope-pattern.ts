// rope from primitives: a value whose columns are those of another one rotated in pairs, (a cos - b
// sin, b cos + a sin), however slices, negations, stacks and products spell it. Pairs may be halves
// or neighbours, on the way in and on the way out; columns after the rotated ones may pass
// unchanged.
import {
  expand,
  type Node,
  permute,
  reshape,
  ropeOp,
  type Shape,
  sizeOf,
  slice,
  type Tensor,
  type Value,
} from '@automodel/core';
import { madeBy } from './match.js';
import type { MissedStructure } from '@automodel/contracts';
import type { Emission, Emit, Pattern, Subject } from './pattern.js';
import { MOST_COLUMNS, RotatedColumns, type Term } from './rotated-columns.js';
import { TableKeys } from './table-keys.js';
import { countOf, leadOf, type Columns, type Source } from './trailing.js';

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
        value.shape.at(-1)! > MOST_COLUMNS ||
        sizeOf(value.shape) === 0 ||
        subject.isData(value)
      )
        continue;
      const terms = columns.of({ value, trailing: 1 });
      const rotation = matchRotation(
        value,
        Array.from({ length: value.shape.at(-1)! }, (_, c) => terms(c)),
        keys,
      );
      if (rotation === undefined) continue;
      matches.set(node, (emission) => emitRotation(emission, rotation));
      columns.within({ value, trailing: 1 }, covered);
    }
    return { matches, missed: missedRotations(subject, covered) };
  },
};

/** How the two entries of a pair lie: half a rotation apart, or side by side. */
type Arrangement = 'halves' | 'pairs';

interface Rotation {
  readonly base: Columns;
  /** First rotated column of the base. */
  readonly offset: number;
  /** Columns of the result. */
  readonly width: number;
  readonly from: Arrangement;
  readonly to: Arrangement;
  /** True where the angle is negative: (a cos + b sin, b cos - a sin). */
  readonly inverse: boolean;
  readonly cos: Table;
  readonly sin: Table;
}

/** Every `step`-th column of a table, from `start` on. */
interface Table {
  readonly columns: Columns;
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

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
  const inverse = pairs[0]!.a > pairs[0]!.b;
  const ordered = inverse
    ? pairs.map(({ a, b, first, second }) => ({ a: b, b: a, first: second, second: first }))
    : pairs;
  const from = arrangementOf(ordered.map((p) => [p.a - offset, p.b - offset]));
  const to = arrangementOf(ordered.map((p) => [p.first, p.second]));
  const [cos, sin] = [tableOf(pairs.map((p) => p.cos)), tableOf(pairs.map((p) => p.sin))];
  const kept = terms
    .slice(width)
    .every(
      (column, i) =>
        column.length === 1 &&
        column[0]!.table === undefined &&
        column[0]!.sign === 1 &&
        column[0]!.base.column === offset + width + i,
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
  const name = (term: Term): string => `${term.sign}${term.base.column} ${keys.of(term.table!)}`;
  const byTerms = new Map(terms.map((column, c) => [column.map(name).sort().join(), c]));
  const pairs: Pair[] = [];
  for (const [first, column] of terms.entries()) {
    const [plus, minus] = [column.find((t) => t.sign === 1), column.find((t) => t.sign === -1)];
    if (column.length !== 2) return undefined;
    if (plus === undefined || minus === undefined) continue;
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
      cos: plus.table!,
      sin: minus.table!,
    });
  }
  return 2 * pairs.length === terms.length ? pairs : undefined;
}

function arrangementOf(pairs: readonly (readonly [number, number])[]): Arrangement | undefined {
  if (pairs.every(([a, b], i) => a === i && b === pairs.length + i)) return 'halves';
  return pairs.every(([a, b], i) => a === 2 * i && b === 2 * i + 1) ? 'pairs' : undefined;
}

function tableOf(sources: readonly Source[]): Table | undefined {
  const [first, second] = sources;
  const [start, step] = [first!.column, second === undefined ? 1 : second.column - first!.column];
  const regular =
    step >= 1 &&
    sources.every(
      (s, i) => s.columns.value === first!.columns.value && s.column === start + i * step,
    );
  return regular && first!.columns.value.dtype === 'f32'
    ? { columns: first!.columns, start, step, count: sources.length }
    : undefined;
}

/** Rows are tokens: the dimensions that tables vary along, and the first. All others are heads. */
function emitRotation({ tensorOf }: Emission, rotation: Rotation): Tensor {
  const { base, offset, width, cos, sin } = rotation;
  const lead = leadOf(base);
  const varies = (axis: number): boolean =>
    [cos, sin].some(
      (table) =>
        leadOf(table.columns).at(axis - lead.length) !== undefined &&
        leadOf(table.columns).at(axis - lead.length) !== 1,
    );
  const axes = lead.map((_, axis) => axis);
  const tokens = axes.filter((axis) => axis === 0 || varies(axis));
  const order = [...tokens, ...axes.filter((axis) => !tokens.includes(axis)), lead.length];
  const count = countOf(base);
  const whole = reshape(tensorOf(base.value), [...lead, count]);
  const x = permute(
    slice(
      whole,
      whole.shape.map((_, i) => (i === lead.length ? offset : 0)),
      whole.shape.map((d, i) => (i === lead.length ? offset + width : d)),
    ),
    order,
  );
  const tokenShape = tokens.map((axis) => lead[axis]!);
  const [rows, heads] = [sizeOf(tokenShape), sizeOf(lead) / sizeOf(tokenShape)];
  const table = (t: Table): Tensor =>
    emitTable(
      tensorOf(t.columns.value),
      t,
      tokens.map((axis) => leadOf(t.columns).at(axis - lead.length) ?? 1),
      tokenShape,
    );
  const half = cos.count;
  const arranged =
    rotation.from === rotation.to
      ? reshape(x, [rows, heads, width])
      : regroup(reshape(x, [rows, heads, width]), half, rotation.to);
  const y = arranged.trace.apply(ropeOp, [arranged, table(cos), table(sin)], {
    interleaved: rotation.to === 'pairs',
    inverse: rotation.inverse,
  })[0];
  const back = order.map((_, i) => order.indexOf(i));
  return permute(reshape(y, x.shape), back);
}

/**
 * The chosen columns as [tokens, pairs]. `own` are the sizes of the table along the token
 * dimensions, 1 where it repeats.
 */
function emitTable(
  table: Tensor,
  { columns, start, step, count }: Table,
  own: Shape,
  tokens: Shape,
): Tensor {
  const flat = reshape(table, [...own, countOf(columns)]);
  const bounds = (last: number, others: (d: number) => number): number[] =>
    flat.shape.map((d, i) => (i === own.length ? last : others(d)));
  const picked = slice(
    flat,
    bounds(start, () => 0),
    bounds(start + (count - 1) * step + 1, (d) => d),
    bounds(step, () => 1),
  );
  return reshape(expand(picked, [...tokens, count]), [sizeOf(tokens), count]);
}

/** Columns rearranged from halves to pairs or back. */
function regroup(x: Tensor, half: number, to: Arrangement): Tensor {
  const [rows, heads, width] = x.shape as [number, number, number];
  return reshape(
    permute(
      reshape(x, to === 'halves' ? [rows, heads, half, 2] : [rows, heads, 2, half]),
      [0, 1, 3, 2],
    ),
    [rows, heads, width],
  );
}

/**
 * What rotates halves or neighbours and was not taken: a join of a negated part with another part
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
    const same =
      negated !== undefined &&
      madeBy(negated.inputs[0], 'slice') !== undefined &&
      madeBy(negated.inputs[0], 'slice')!.inputs[0] === madeBy(other, 'slice')?.inputs[0];
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
