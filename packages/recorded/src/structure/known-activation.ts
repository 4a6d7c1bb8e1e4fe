// Which activation a chain of elementwise ops computes: the chain is run on sample points and
// compared with the functions themselves, so that every spelling of one function is the same.
import {
  type Activation,
  geluOp,
  hostTensor,
  type HostTensor,
  isFloat,
  sameShape,
  type Value,
} from '@automodel/core';
import { numberOf } from './recognize-value.js';

const POINTS = [...Array.from({ length: 49 }, (_, i) => (i - 24) / 3), -30, -11.5, 11.5, 30];

const gelu = (x: number, approximate: 'none' | 'tanh'): number =>
  Number(
    geluOp.reference!([hostTensor('f32', [1], [x])], { approximate }, [
      { shape: [1], dtype: 'f32' },
    ])[0].data[0],
  );
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const FUNCTIONS: Readonly<Record<Activation, (x: number) => number>> = {
  silu: (x) => x * sigmoid(x),
  gelu: (x) => gelu(x, 'none'),
  gelu_tanh: (x) => gelu(x, 'tanh'),
  relu: (x) => Math.max(0, x),
  sigmoid,
  relu2: (x) => Math.max(0, x) ** 2,
  quick_gelu: (x) => x * sigmoid(1.702 * x),
};

const KNOWN = Object.entries(FUNCTIONS).map(([name, of]) => ({
  name: name as Activation,
  values: POINTS.map(of),
}));

/** Ops of single entries that activations are spelled in. */
const ELEMENTWISE = new Set([
  'silu',
  'gelu',
  'relu',
  'sigmoid',
  'tanh',
  'erf',
  'exp',
  'expm1',
  'log1p',
  'neg',
  'reciprocal',
  'softplus',
  'abs',
  'sqrt',
  'mul',
  'add',
  'sub',
  'div',
  'pow',
  'maximum',
  'minimum',
  'clamp',
]);

/** Longer chains are not activations. */
const MAX_OPS = 16;

export interface KnownActivation {
  readonly activation: Activation;
  /** What it is a function of. */
  readonly of: Value;
}

/** The activation that `value` is of a value of the same shape, the nearest one. */
export function knownActivation(value: Value): KnownActivation | undefined {
  if (!isFloat(value.dtype)) return undefined;
  for (const of of operandsOf(value)) {
    const samples = run(value, of, new Map());
    const match =
      samples === undefined
        ? undefined
        : KNOWN.find(({ values }) =>
            values.every(
              (v, i) => Math.abs(v - Number(samples.data[i])) <= 1e-8 * Math.max(1, Math.abs(v)),
            ),
          );
    if (match !== undefined) return { activation: match.name, of };
  }
  return undefined;
}

/** Values of the same shape below `value`, nearest first, as far as elementwise ops reach. */
function operandsOf(value: Value): Value[] {
  const found = new Set<Value>();
  const queue = [value];
  for (const [at, { node }] of queue.entries()) {
    if (at === MAX_OPS) break;
    if (node === undefined || !ELEMENTWISE.has(node.op.name)) continue;
    for (const operand of node.inputs) {
      if (
        operand === undefined ||
        found.has(operand) ||
        numberOf(operand) !== undefined ||
        !sameShape(operand.shape, value.shape)
      )
        continue;
      found.add(operand);
      queue.push(operand);
    }
  }
  return [...found];
}

/**
 * `value` as a function of `of` on the sample points; undefined when it depends on anything else.
 */
function run(
  value: Value,
  of: Value,
  known: Map<Value, HostTensor | undefined>,
): HostTensor | undefined {
  if (value === of) return hostTensor('f32', [POINTS.length], POINTS);
  if (known.has(value)) return known.get(value);
  known.set(value, undefined);
  const number = numberOf(value);
  const result = number === undefined ? apply(value, of, known) : hostTensor('f32', [], [number]);
  known.set(value, result);
  return result;
}

function apply(
  value: Value,
  of: Value,
  known: Map<Value, HostTensor | undefined>,
): HostTensor | undefined {
  const { node } = value;
  if (node === undefined || !ELEMENTWISE.has(node.op.name) || known.size > 4 * MAX_OPS)
    return undefined;
  const operands = node.inputs.map((v) => (v === undefined ? undefined : run(v, of, known)));
  if (operands.some((v) => v === undefined)) return undefined;
  return node.op.reference?.(operands, node.attrs, [{ shape: [POINTS.length], dtype: 'f32' }])[0];
}
