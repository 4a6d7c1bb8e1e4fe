// An attention and an MLP with their gradients, for one rank or cut over ranks: queries, keys,
// values, gate and up by rows of their weights, the two products back to the hidden size by
// columns.
import {
  add,
  allReduce,
  allReduceOp,
  attention,
  cut,
  defineOp,
  gatedActivation,
  gradients,
  linear,
  mul,
  reshape,
  rmsNorm,
  rope,
  sum,
  trace,
  type CollectiveAttributes,
  type Graph,
  type OpDefinition,
  type Shape,
  type Spread,
  type Tensor,
} from '../../src/index.js';

export const AXIS = 'tp';
const [TOKENS, HIDDEN, HEADS, KEY_HEADS, WIDTH, INNER] = [6, 8, 4, 2, 4, 12] as const;

/** x where every rank begins to compute its part: the adjoints of all parts are added. */
const enterOp: OpDefinition<CollectiveAttributes> = defineOp({
  name: 'test/enter',
  summary: 'x; its adjoint is the sum over ranks',
  operands: ['x'],
  infer: ({ x }) => [x],
  reference: ({ x }) => [x],
  gradient: ({ gradients: { y: dy }, attrs }) => ({ x: allReduce([dy], attrs)[0] }),
  samples: [],
});

/** The sum over ranks where their parts end; its adjoint is on every rank already. */
const leaveOp: OpDefinition<CollectiveAttributes> = {
  ...allReduceOp,
  name: 'test/leave',
  gradient: ({ gradients: adjoints }) => adjoints,
};

/** Shapes of one rank alone, and the dimension that ranks share out. */
const WEIGHTS: Readonly<Record<string, { readonly shape: Shape; readonly dim: 0 | 1 }>> = {
  q: { shape: [HEADS * WIDTH, HIDDEN], dim: 0 },
  k: { shape: [KEY_HEADS * WIDTH, HIDDEN], dim: 0 },
  v: { shape: [KEY_HEADS * WIDTH, HIDDEN], dim: 0 },
  o: { shape: [HIDDEN, HEADS * WIDTH], dim: 1 },
  gate: { shape: [INNER, HIDDEN], dim: 0 },
  up: { shape: [INNER, HIDDEN], dim: 0 },
  down: { shape: [HIDDEN, INNER], dim: 1 },
};

/** Inputs that all ranks have. */
const WHOLE: Readonly<Record<string, Shape>> = {
  x: [TOKENS, HIDDEN],
  target: [TOKENS, HIDDEN],
  norm: [HIDDEN],
  cos: [TOKENS, WIDTH / 2],
  sin: [TOKENS, WIDTH / 2],
};

/** Full shapes of all inputs but the segments, by name. */
export const SHAPES: Readonly<Record<string, Shape>> = {
  ...WHOLE,
  ...Object.fromEntries(Object.entries(WEIGHTS).map(([name, { shape }]) => [name, shape])),
};

/** The spreads of the inputs that ranks share out. */
export const CUTS: ReadonlyMap<string, Spread> = new Map(
  Object.entries(WEIGHTS).map(([name, { dim }]) => [name, cut(dim)]),
);

/** The dimension that ranks share out of an input; undefined for one that all have. */
export const cutOf = (name: string): 0 | 1 | undefined => WEIGHTS[name]?.dim;

/** Where `forgotten` collectives are left out. */
export interface BlockOptions {
  readonly ranks: number;
  readonly forgotten?: 'enter' | 'leave';
}

/** The block with its loss, and `gradient.NAME` for x, the norm and every weight. */
export function block({ ranks, forgotten }: BlockOptions): Graph {
  const attrs = { axis: AXIS, ranks };
  const enter = (x: Tensor): Tensor =>
    ranks === 1 || forgotten === 'enter' ? x : x.trace.apply(enterOp, [x], attrs)[0];
  const leave = (x: Tensor): Tensor =>
    ranks === 1 || forgotten === 'leave' ? x : x.trace.apply(leaveOp, [x], attrs)[0];
  return trace('block', (t) => {
    const inputs = new Map(
      Object.entries(SHAPES).map(([name, shape]) => {
        const dim = cutOf(name);
        const own = dim === undefined ? shape : shape.with(dim, shape[dim]! / ranks);
        return [name, t.input(dim === undefined ? 'batch' : 'parameter', name, own, 'f32')];
      }),
    );
    const segments = t.input('batch', 'segments', [1, 4], 'i32');
    const of = (name: string): Tensor => inputs.get(name)!;
    const heads = (x: Tensor, name: string, count: number): Tensor =>
      reshape(linear(x, of(name)), [TOKENS, count / ranks, WIDTH]);
    const rotated = (x: Tensor): Tensor => rope(x, of('cos'), of('sin'));

    const attended = t.at('attention', 'forward', () => {
      const x = enter(rmsNorm(of('x'), of('norm'), 1e-5));
      const mixed = attention(
        rotated(heads(x, 'q', HEADS)),
        rotated(heads(x, 'k', KEY_HEADS)),
        heads(x, 'v', KEY_HEADS),
        segments,
        { scale: 0.5, softcap: 0, window: 0, causal: true },
      );
      const joined = reshape(mixed, [TOKENS, (HEADS * WIDTH) / ranks]);
      return add(of('x'), leave(linear(joined, of('o'))));
    });
    const y = t.at('mlp', 'forward', () => {
      const x = enter(rmsNorm(attended, of('norm'), 1e-5));
      const inner = gatedActivation(linear(x, of('gate')), linear(x, of('up')), 'silu');
      return add(attended, leave(linear(inner, of('down'))));
    });
    const loss = sum(mul(y, of('target')));
    t.output('y', y);
    t.output('loss', loss);
    const wanted = ['x', 'norm', ...CUTS.keys()];
    gradients(loss, wanted.map(of)).forEach((gradient, i) =>
      t.output(`gradient.${wanted[i]!}`, gradient!),
    );
  });
}
