// The arithmetic of LoRA at one linear module: y = W x + b + s B A x (Hu et al. 2021), and with
// DoRA (Liu et al. 2024) y = m / |W + s B A| (W + s B A) x + b, the norms of rows taken as
// constants in the gradient. The matrices of a mixture of experts get an A and a B each, stored in
// one as Hugging Face PEFT stores them.
import type {
  GroupedLinearCall,
  HeadCall,
  HeadWeight,
  Initializer,
  LinearCall,
  LinearModule,
  ParameterScope,
} from '@automodel/contracts';
import {
  add,
  cast,
  detach,
  div,
  groupedLinear,
  linear,
  matmul,
  mul,
  permute,
  reshape,
  sqrt,
  sub,
  sum,
  type Tensor,
} from '@automodel/core';

/** How one module is adapted. */
export interface LoraModule extends LinearModule {
  readonly rank: number;
  /** s: alpha / rank, or alpha / sqrt(rank). */
  readonly scale: number;
}

/** What all modules of an adapter share. */
export interface LoraSettings {
  readonly dropout: number;
  /** `pre`: before A; `post`: after B. */
  readonly dropoutPosition: 'pre' | 'post';
  readonly useDora: boolean;
  /** B has a bias (PEFT's `lora_bias`): y += s (B A x + b). */
  readonly loraBias: boolean;
  /** Initializer of A; B starts at zero. */
  readonly initializer: (module: LoraModule) => Initializer;
}

/** Names of the adapter's parameters below a module. */
export const LORA = {
  a: 'lora_A.weight',
  b: 'lora_B.weight',
  bias: 'lora_B.bias',
  magnitude: 'lora_magnitude_vector',
} as const;

/** A [rank,in] or [experts,rank,in], B [out,rank] or [experts,out,rank]. */
interface Matrices {
  readonly a: Tensor;
  readonly b: Tensor;
  /** [out] */
  readonly bias?: Tensor | undefined;
}

/** Shapes of the stored matrices; experts have A [experts * rank,in] and B [out,rank * experts]. */
export function loraShapes({ rank, inFeatures, outFeatures, experts }: LoraModule): {
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
} {
  const rows = rank * (experts?.count ?? 1);
  return { a: [rows, inFeatures], b: [outFeatures, rows] };
}

/** A parameter by its full name, from a scope at or above its module. */
const parameter = (
  scope: ParameterScope,
  name: string,
  shape: readonly number[],
  initializer?: Initializer,
): Tensor =>
  scope.parameter(scope.path === '' ? name : name.slice(scope.path.length + 1), shape, initializer);

function matrices(module: LoraModule, scope: ParameterScope, settings: LoraSettings): Matrices {
  const { name, rank, inFeatures, outFeatures, experts } = module;
  const shapes = loraShapes(module);
  const [a, b] = [
    parameter(scope, `${name}.${LORA.a}`, shapes.a, settings.initializer(module)),
    parameter(scope, `${name}.${LORA.b}`, shapes.b, 'zeros'),
  ];
  if (experts === undefined)
    return { a, b, bias: settings.loraBias ? ownBias(module, scope) : undefined };
  return {
    a: reshape(a, [experts.count, rank, inFeatures]),
    b: permute(reshape(b, [outFeatures, rank, experts.count]), [2, 0, 1]),
  };
}

const ownBias = ({ name, outFeatures }: LoraModule, scope: ParameterScope): Tensor =>
  parameter(scope, `${name}.${LORA.bias}`, [outFeatures], 'zeros');

const scaled = (x: Tensor, scale: number): Tensor => (scale === 1 ? x : mul(x, scale));

/** s (B A x + bias): [...,in] -> [...,out]. The scale is applied to the narrow factor. */
const lowRank = (x: Tensor, { a, b, bias }: Matrices, scale: number): Tensor =>
  linear(scaled(linear(x, a), scale), b, bias === undefined ? undefined : scaled(bias, scale));

/** The call of an adapted module. */
export function loraLinear(call: LinearCall, module: LoraModule, settings: LoraSettings): Tensor {
  const { scope, x, next } = call;
  const own = matrices(module, scope, settings);
  if (settings.useDora) return doraLinear(call, module, own, dropped(x, scope, settings, 'pre'));
  const frozen = next();
  const change = lowRank(dropped(x, scope, settings, 'pre'), own, module.scale);
  return add(frozen, dropped(change, scope, settings, 'post'));
}

/** The head, adapted as a linear module; what it reads is read at once. */
export function loraHead(
  { scope, next }: HeadCall,
  module: LoraModule,
  settings: LoraSettings,
): HeadWeight {
  const head = next();
  const own = matrices(module, scope, settings);
  const factor = settings.useDora ? doraFactor(module, head.weight, own, scope) : undefined;
  const { project = (hidden: Tensor) => linear(hidden, head.weight) } = head;
  return {
    ...head,
    project: (hidden) => {
      const change = lowRank(dropped(hidden, scope, settings, 'pre'), own, module.scale);
      const added = dropped(change, scope, settings, 'post');
      if (factor === undefined) return add(project(hidden), added);
      return add(mul(factor, project(hidden)), mul(factor, added));
    },
  };
}

/** The product of rows with their experts' matrices, each adapted. */
export function loraGroupedLinear(
  { scope, x, experts, next }: GroupedLinearCall,
  module: LoraModule,
  settings: LoraSettings,
): Tensor {
  const { a, b } = matrices(module, scope, settings);
  const narrow = groupedLinear(dropped(x, scope, settings, 'pre'), a, experts);
  return add(
    next(),
    dropped(groupedLinear(scaled(narrow, module.scale), b, experts), scope, settings, 'post'),
  );
}

const dropped = (
  x: Tensor,
  scope: ParameterScope,
  { dropout, dropoutPosition }: LoraSettings,
  position: 'pre' | 'post',
): Tensor => (dropoutPosition === position ? scope.dropout(x, dropout) : x);

/**
 * With dropout the frozen part of x keeps its own product, as in PEFT: y = W x + b + (f - 1) W d(x)
 * + f s B A d(x), f = m / |W + s B A|.
 */
function doraLinear(
  { scope, x, next, bias }: LinearCall,
  module: LoraModule,
  own: Matrices,
  input: Tensor,
): Tensor {
  const weight = parameter(scope, module.weight, module.shape);
  const factor = doraFactor(module, weight, own, scope);
  const change = mul(factor, lowRank(input, own, module.scale));
  if (input !== x) return add(add(next(), mul(sub(factor, 1), linear(input, weight))), change);
  const result = add(mul(factor, linear(x, weight)), change);
  return bias
    ? add(result, parameter(scope, `${module.name}.bias`, [module.outFeatures], 'zeros'))
    : result;
}

/** [out]: m / |W + s B A|, the norms taken as constants in the gradient. */
function doraFactor(
  module: LoraModule,
  weight: Tensor,
  own: Matrices,
  scope: ParameterScope,
): Tensor {
  const name = `${module.name}.${LORA.magnitude}`;
  const magnitude = parameter(scope, name, [module.outFeatures], 'ones');
  return div(magnitude, detach(rowNorms(changedWeight(module, weight, own))));
}

/** f32, in the shape of the weight: W + s B A. */
function changedWeight({ scale, experts }: LoraModule, weight: Tensor, { a, b }: Matrices): Tensor {
  const change = mul(matmul(cast(b, 'f32'), cast(a, 'f32')), scale);
  return add(
    cast(weight, 'f32'),
    experts?.transposed === true ? permute(change, [0, 2, 1]) : change,
  );
}

/** f32[out]: lengths of the rows. */
const rowNorms = (weight: Tensor): Tensor => sqrt(sum(mul(weight, weight), [1]));

/**
 * f32, in the shape of the weight: the merged weight, which computes alone what module and adapter
 * compute together. `scope` is the top of the model.
 */
export function mergedWeight(
  module: LoraModule,
  scope: ParameterScope,
  settings: LoraSettings,
): Tensor {
  const changed = changedWeight(
    module,
    parameter(scope, module.weight, module.shape),
    matrices(module, scope, settings),
  );
  if (!settings.useDora) return changed;
  const factor = div(
    cast(parameter(scope, `${module.name}.${LORA.magnitude}`, [module.outFeatures], 'ones'), 'f32'),
    rowNorms(changed),
  );
  return mul(reshape(factor, [module.outFeatures, 1]), changed);
}

/** f32[out]: the bias of a module, with that of B added to it. */
export const mergedBias = (module: LoraModule, scope: ParameterScope): Tensor =>
  add(
    cast(parameter(scope, `${module.name}.bias`, [module.outFeatures], 'zeros'), 'f32'),
    mul(cast(ownBias(module, scope), 'f32'), module.scale),
  );

/**
 * A new DoRA starts with the lengths of the frozen weight's rows: B is zero, so nothing changes.
 */
export function initialMagnitude(
  module: LoraModule,
  scope: ParameterScope,
): readonly [string, Tensor] {
  const weight = cast(parameter(scope, module.weight, module.shape), 'f32');
  return [`${module.name}.${LORA.magnitude}`, rowNorms(weight)];
}
