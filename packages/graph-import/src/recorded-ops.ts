// How each operation of the format is built from this project's ops: one line an operation. Promotion happens inside the ops, as in PyTorch.
import * as core from '@automodel/core';
import type { Operand, Tensor } from '@automodel/core';

/** A node's operands (tensors, host numbers, undefined where absent), attributes, and stated result. */
export interface RecordedCall {
  readonly operands: readonly (Operand | undefined)[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly dtype: core.DType;
}

export type RecordedBuilder = (call: RecordedCall) => Tensor;

const unary = (op: (x: Tensor) => Tensor): RecordedBuilder => ({ operands }) => op(operands[0] as Tensor);
const binary = (op: (a: Operand, b: Operand) => Tensor): RecordedBuilder => ({ operands }) => op(operands[0]!, operands[1]!);
const tensor = (call: RecordedCall, index: number): Tensor => call.operands[index] as Tensor;
const numbers = (value: unknown): number[] => (typeof value === 'number' ? [value] : ((value ?? []) as number[]));
type Reduction = (x: Tensor, dims?: readonly number[], keepdim?: boolean) => Tensor;
const reduction = (op: Reduction): RecordedBuilder => ({ operands, attrs }) => {
  const x = operands[0] as Tensor;
  const dims = numbers(attrs['dims']);
  return op(x, dims.length === 0 ? x.shape.map((_, i) => i) : dims, attrs['keepdim'] === true);
};

/** Builders by operation name. An operation that is missing here is refused by name. */
export const RECORDED_OPS: Readonly<Record<string, RecordedBuilder>> = {
  add: binary(core.add), sub: binary(core.sub), mul: binary(core.mul), div: binary(core.div), pow: binary(core.pow), maximum: binary(core.maximum), minimum: binary(core.minimum),
  eq: binary(core.eq), ne: binary(core.ne), lt: binary(core.lt), le: binary(core.le), gt: binary(core.gt), ge: binary(core.ge), and: binary(core.and), or: binary(core.or), xor: binary(core.xor), not: unary(core.not),
  neg: unary(core.neg), abs: unary(core.abs), exp: unary(core.exp), log: unary(core.log), sqrt: unary(core.sqrt), rsqrt: unary(core.rsqrt), sin: unary(core.sin), cos: unary(core.cos), tanh: unary(core.tanh),
  sigmoid: unary(core.sigmoid), relu: unary(core.relu), silu: unary(core.silu), reciprocal: unary(core.reciprocal),
  gelu: (call) => core.gelu(tensor(call, 0), call.attrs['approximate'] === 'tanh' ? 'tanh' : 'none'),
  cast: (call) => core.cast(tensor(call, 0), call.dtype),
  where: ({ operands }) => core.where(operands[0] as Tensor, operands[1]!, operands[2]!),
  softmax: (call) => core.softmax(tensor(call, 0), Number(call.attrs['dim'])),
  reshape: (call) => core.reshape(tensor(call, 0), call.shape),
  expand: (call) => core.expand(tensor(call, 0), call.shape),
  permute: (call) => core.permute(tensor(call, 0), numbers(call.attrs['dims'])),
  slice: (call) => core.slice(tensor(call, 0), numbers(call.attrs['start']), numbers(call.attrs['end']), numbers(call.attrs['step'])),
  cat: ({ operands, attrs }) => core.cat(operands as Tensor[], Number(attrs['dim'])),
  sum: reduction(core.sum), mean: reduction(core.mean),
  index: ({ operands, attrs }) => core.index(operands[0] as Tensor, numbers(attrs['dims']), operands.slice(1) as Tensor[]),
  matmul: (call) => core.matmul(tensor(call, 0), tensor(call, 1)),
  linear: (call) => core.linear(tensor(call, 0), tensor(call, 1), call.operands[2] as Tensor | undefined),
  embedding: (call) => core.embedding(tensor(call, 0), tensor(call, 1)),
  full: ({ attrs, shape, dtype }) => core.full(shape, attrs['value'] as number | boolean, dtype),
  const: ({ attrs, shape, dtype }) => core.constant((Array.isArray(attrs['data']) ? attrs['data'] : [attrs['data']]) as number[], shape, dtype),
  arange: ({ attrs, shape, dtype }) => {
    const [start, step] = [Number(attrs['start']), Number(attrs['step'])];
    return core.arange(start, start + step * shape[0]!, step, dtype);
  },
};
