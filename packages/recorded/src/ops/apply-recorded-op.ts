// The operations of recorded-graph/0 by name, in terms of this project's ops: what importing a
// model recorded from PyTorch code, and checking against PyTorch, have in common.
import {
  argmax,
  argmin,
  argsort,
  AutomodelError,
  avgPool2d,
  cast,
  cat,
  constant,
  conv1d,
  conv2d,
  conv3d,
  type ConvOptions,
  cumsum,
  currentTrace,
  einsum,
  embedding,
  expand,
  flip,
  full,
  gather,
  gelu,
  groupedLinear,
  indexAdd,
  indexCopy,
  indexPut,
  interpolate,
  INTERPOLATE_MODES,
  linear,
  logSoftmax,
  maskedScatter,
  matmul,
  pad,
  permute,
  reshape,
  scatter,
  scatterAdd,
  slice,
  sliceScatter,
  softmax,
  softplus,
  solveTriangular,
  Tensor,
  topkIndices,
  type Trace,
  tril,
  triu,
  where,
} from '@automodel/core';
import { RecordedCall, type RecordedOp } from './recorded-call.js';
import { RECORDED_BINARY, RECORDED_REDUCTIONS, RECORDED_UNARY } from './recorded-families.js';
import { recordedIndex } from './recorded-index.js';
import { recordedArange, recordedClamp } from './recorded-wide-integers.js';
import {
  recordedAttention,
  recordedLayerNorm,
  recordedRmsNorm,
  recordedSdpa,
} from './recorded-norms.js';

const convOptions = (call: RecordedCall): ConvOptions => ({
  stride: call.numberOrNumbers('stride'),
  padding: call.numberOrNumbers('padding'),
  dilation: call.numberOrNumbers('dilation'),
  groups: call.number('groups'),
});

const CALLS: Readonly<Record<string, (call: RecordedCall) => Tensor>> = {
  const: (c) => constant(c.scalars('data'), c.shape, c.dtype, c.trace),
  full: (c) => full(c.shape, c.scalar('value'), c.dtype, c.trace),
  arange: recordedArange,
  cast: (c) => cast(c.tensor(0), c.dtypeOf('to')),
  gelu: (c) => gelu(c.tensor(0), c.choice('approximate', ['none', 'tanh'])),
  softplus: (c) => softplus(c.tensor(0), c.number('beta'), c.number('threshold')),
  clamp: recordedClamp,
  where: (c) => where(c.tensor(0), c.operand(1), c.operand(2)),
  softmax: (c) => softmax(c.tensor(0), c.number('dim')),
  log_softmax: (c) => logSoftmax(c.tensor(0), c.number('dim')),
  reshape: (c) => reshape(c.tensor(0), c.shape),
  expand: (c) => expand(c.tensor(0), c.shape),
  permute: (c) => permute(c.tensor(0), c.numbers('dims')),
  slice: (c) => slice(c.tensor(0), c.numbers('start'), c.numbers('end'), c.numbers('step')),
  slice_scatter: (c) =>
    sliceScatter(c.tensor(0), c.tensor(1), c.numbers('start'), c.numbers('end'), c.numbers('step')),
  cat: (c) => cat(c.tensors(), c.number('dim')),
  flip: (c) => flip(c.tensor(0), c.numbers('dims')),
  pad: (c) =>
    pad(
      c.tensor(0),
      c.numbers('pad'),
      (c.record.attrs['value'] ?? null) === null ? 0 : Number(c.scalar('value')),
    ),
  tril: (c) => tril(c.tensor(0), c.number('diagonal')),
  triu: (c) => triu(c.tensor(0), c.number('diagonal')),
  argmax: (c) => argmax(c.tensor(0), c.numberOrNull('dim'), c.flag('keepdim')),
  argmin: (c) => argmin(c.tensor(0), c.numberOrNull('dim'), c.flag('keepdim')),
  cumsum: (c) => cumsum(c.tensor(0), c.number('dim')),
  argsort: (c) => argsort(c.tensor(0), c.number('dim'), c.flag('descending')),
  topk_idx: (c) => topkIndices(c.tensor(0), c.number('k'), c.number('dim'), c.flag('largest')),
  gather: (c) => gather(c.tensor(0), c.number('dim'), c.tensor(1)),
  scatter: (c) => scatter(c.tensor(0), c.number('dim'), c.tensor(1), c.operand(2)),
  scatter_add: (c) => scatterAdd(c.tensor(0), c.number('dim'), c.tensor(1), c.tensor(2)),
  index: recordedIndex,
  index_put: (c) => indexPut(c.tensor(0), c.tensor(1), c.numbers('dims'), c.tensors(2)),
  index_add: (c) => indexAdd(c.tensor(0), c.number('dim'), c.tensor(1), c.tensor(2)),
  index_copy: (c) => indexCopy(c.tensor(0), c.number('dim'), c.tensor(1), c.tensor(2)),
  masked_scatter: (c) => maskedScatter(c.tensor(0), c.tensor(1), c.tensor(2)),
  matmul: (c) => matmul(c.tensor(0), c.tensor(1)),
  einsum: (c) => einsum(c.text('eq'), c.tensors()),
  linear: (c) => linear(c.tensor(0), c.tensor(1), c.optional(2)),
  embedding: (c) => embedding(c.tensor(0), c.tensor(1)),
  layer_norm: recordedLayerNorm,
  rms_norm: recordedRmsNorm,
  conv1d: (c) => conv1d(c.tensor(0), c.tensor(1), c.optional(2), convOptions(c)),
  conv2d: (c) => conv2d(c.tensor(0), c.tensor(1), c.optional(2), convOptions(c)),
  conv3d: (c) => conv3d(c.tensor(0), c.tensor(1), c.optional(2), convOptions(c)),
  avg_pool2d: (c) =>
    avgPool2d(
      c.tensor(0),
      c.numberOrNumbers('kernel'),
      c.record.attrs['stride'] === null ? null : c.numberOrNumbers('stride'),
      c.numberOrNumbers('padding'),
    ),
  interpolate: (c) =>
    interpolate(
      c.tensor(0),
      c.numbersOrNone('size'),
      c.choice('mode', INTERPOLATE_MODES),
      c.flag('align'),
    ),
  solve_triangular: (c) =>
    solveTriangular(c.tensor(0), c.tensor(1), {
      upper: c.flag('upper'),
      left: c.flag('left'),
      unitriangular: c.flag('unitriangular'),
    }),
  grouped_linear: (c) =>
    groupedLinear(c.tensor(0), c.tensor(1), c.tensor(2), c.optional(3), {
      transposed: c.flag('transposed'),
    }),
  attention: recordedAttention,
  sdpa: recordedSdpa,
};

/**
 * The result of a recorded operation, in the trace of its operands (operations without any: the
 * open trace). The caller compares its type with the recorded one.
 * Errors: an unknown operation, a missing operand or attribute.
 */
export function applyRecordedOp(record: RecordedOp): Tensor {
  const trace = traceOf(record);
  const call = new RecordedCall(record, trace);
  const unary = lookUp(RECORDED_UNARY, record.op);
  const binary = lookUp(RECORDED_BINARY, record.op);
  const reduction = lookUp(RECORDED_REDUCTIONS, record.op);
  const other = lookUp(CALLS, record.op);
  if (unary !== undefined) return unary(call.tensor(0));
  if (binary !== undefined) return binary(call.operand(0), call.operand(1));
  if (reduction !== undefined)
    return reduction(call.tensor(0), call.numbersOrNone('dims'), call.flag('keepdim'));
  if (other !== undefined) return other(call);
  throw new AutomodelError('unsupported', `recorded op ${JSON.stringify(record.op)} is not known`);
}

const lookUp = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;

function traceOf({ inputs }: RecordedOp): Trace {
  for (const input of inputs) if (input instanceof Tensor) return input.trace;
  return currentTrace();
}
