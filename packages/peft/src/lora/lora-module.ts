// The arithmetic of LoRA at one linear module: y = W x + b + s B A x (Hu et al. 2021), and with DoRA (Liu et al. 2024) y = m / |W + s B A| (W + s B A) x + b, the norms of rows taken as
// constants in the gradient, as in Hugging Face PEFT.
import type { Initializer, LinearCall, LinearModule, ParameterScope } from '@automodel/contracts';
import { add, cast, detach, div, linear, matmul, mul, reshape, sqrt, sub, sum, type Tensor } from '@automodel/core';

/** How one module is adapted. */
export interface LoraModule extends LinearModule {
  readonly rank: number;
  /** s: alpha / rank, or alpha / sqrt(rank). */
  readonly scale: number;
}

/** What all modules of an adapter have in common. */
export interface LoraSettings {
  readonly dropout: number;
  /** `pre`: before A; `post`: after B. */
  readonly dropoutPosition: 'pre' | 'post';
  readonly useDora: boolean;
  /** Of A; B starts at zero. */
  readonly initializer: (module: LoraModule) => Initializer;
}

/** Names of the adapter's parameters below a module. */
export const LORA = { a: 'lora_A.weight', b: 'lora_B.weight', magnitude: 'lora_magnitude_vector' } as const;

interface Matrices {
  /** [rank,in] */
  readonly a: Tensor;
  /** [out,rank] */
  readonly b: Tensor;
}

function matrices(module: LoraModule, scope: ParameterScope, settings: LoraSettings): Matrices {
  return { a: scope.parameter(LORA.a, [module.rank, module.inFeatures], settings.initializer(module)), b: scope.parameter(LORA.b, [module.outFeatures, module.rank], 'zeros') };
}

/** s B A x: [...,in] -> [...,out]. The scale meets the narrow factor. */
function lowRank(x: Tensor, { a, b }: Matrices, scale: number): Tensor {
  const narrow = linear(x, a);
  return linear(scale === 1 ? narrow : mul(narrow, scale), b);
}

/** The call of an adapted module. */
export function loraLinear(call: LinearCall, module: LoraModule, settings: LoraSettings): Tensor {
  const { scope, x, next } = call;
  const { dropout, dropoutPosition } = settings;
  const own = matrices(module, scope, settings);
  const input = dropoutPosition === 'pre' ? scope.dropout(x, dropout) : x;
  if (settings.useDora) return doraLinear(call, module, own, input);
  const change = lowRank(input, own, module.scale);
  return add(next(), dropoutPosition === 'post' ? scope.dropout(change, dropout) : change);
}

/** With dropout the frozen part of x keeps its own product, as in PEFT: y = W x + b + (f - 1) W d(x) + f s B A d(x), f = m / |W + s B A|. */
function doraLinear({ scope, x, next, bias }: LinearCall, module: LoraModule, own: Matrices, input: Tensor): Tensor {
  const weight = scope.parameter('weight', [module.outFeatures, module.inFeatures]);
  const magnitude = scope.parameter(LORA.magnitude, [module.outFeatures], 'ones');
  const factor = div(magnitude, detach(rowNorms(changedWeight(weight, own, module.scale))));
  const change = mul(factor, lowRank(input, own, module.scale));
  if (input !== x) return add(add(next(), mul(sub(factor, 1), linear(input, weight))), change);
  const scaled = add(mul(factor, linear(x, weight)), change);
  return bias ? add(scaled, scope.parameter('bias', [module.outFeatures], 'zeros')) : scaled;
}

/** f32[out,in]: W + s B A. */
const changedWeight = (weight: Tensor, { a, b }: Matrices, scale: number): Tensor => add(cast(weight, 'f32'), mul(matmul(cast(b, 'f32'), cast(a, 'f32')), scale));

/** f32[out]: lengths of the rows. */
const rowNorms = (weight: Tensor): Tensor => sqrt(sum(mul(weight, weight), [1]));

/** f32[out,in]: the weight that gives alone what module and adapter give together. */
export function mergedWeight(module: LoraModule, scope: ParameterScope, settings: LoraSettings): Tensor {
  const weight = scope.parameter('weight', [module.outFeatures, module.inFeatures]);
  const changed = changedWeight(weight, matrices(module, scope, settings), module.scale);
  if (!settings.useDora) return changed;
  const factor = div(cast(scope.parameter(LORA.magnitude, [module.outFeatures], 'ones'), 'f32'), rowNorms(changed));
  return mul(reshape(factor, [module.outFeatures, 1]), changed);
}

/** A new DoRA starts with the lengths of the frozen weight's rows: B is zero, so nothing changes. */
export function initialMagnitude(module: LoraModule, scope: ParameterScope): readonly [Tensor, Tensor] {
  const weight = cast(scope.parameter('weight', [module.outFeatures, module.inFeatures]), 'f32');
  const magnitude = scope.parameter(LORA.magnitude, [module.outFeatures], 'ones');
  return [magnitude, cast(rowNorms(weight), magnitude.dtype)];
}
