// The element types of tensors and PyTorch's promotion rules over them. The rest of the project
// uses these names of dtypes.
import { AutomodelError } from '../error.js';

/** Element type of a tensor. bool is stored as one byte, 0 or 1. */
export type DType = 'f32' | 'bf16' | 'f16' | 'f64' | 'i64' | 'i32' | 'bool';

/** bool < integer < float: PyTorch's categories of dtypes. */
export type DTypeCategory = 'bool' | 'integer' | 'float';

const BYTES: Record<DType, number> = { f32: 4, bf16: 2, f16: 2, f64: 8, i64: 8, i32: 4, bool: 1 };
const CATEGORY: Record<DType, DTypeCategory> = {
  f32: 'float',
  bf16: 'float',
  f16: 'float',
  f64: 'float',
  i64: 'integer',
  i32: 'integer',
  bool: 'bool',
};
const CATEGORY_RANK: Record<DTypeCategory, number> = { bool: 0, integer: 1, float: 2 };
const LONG_NAMES: Record<string, DType> = {
  float32: 'f32',
  float: 'f32',
  fp32: 'f32',
  bfloat16: 'bf16',
  float16: 'f16',
  half: 'f16',
  fp16: 'f16',
  float64: 'f64',
  double: 'f64',
  int64: 'i64',
  long: 'i64',
  int32: 'i32',
  int: 'i32',
};

/** All dtypes, in a fixed order. */
export const DTYPES = Object.keys(BYTES) as DType[];

/** Bytes of one element. */
export const bytesOf = (dtype: DType): number => BYTES[dtype];

/** The category that promotion counts `dtype` in. */
export const categoryOf = (dtype: DType): DTypeCategory => CATEGORY[dtype];

/** True for f64, f32, bf16 and f16. */
export const isFloat = (dtype: DType): boolean => CATEGORY[dtype] === 'float';

/**
 * The dtype that a Hugging Face config, a recipe or a recorded graph names: `float32`,
 * `torch.bfloat16`, `bf16`, ... Undefined when it names none.
 */
export function parseDType(text: string): DType | undefined {
  const name = text.replace(/^torch\./, '').toLowerCase();
  return name in BYTES ? (name as DType) : LONG_NAMES[name];
}

/**
 * Result dtype of arithmetic between two tensors of equal rank in promotion (both with dimensions
 * or both without), as torch.promote_types.
 */
export function promoteTypes(a: DType, b: DType): DType {
  if (a === b) return a;
  const [ca, cb] = [CATEGORY_RANK[CATEGORY[a]], CATEGORY_RANK[CATEGORY[b]]];
  if (ca !== cb) return ca > cb ? a : b;
  if (CATEGORY[a] === 'integer') return 'i64';
  if (a === 'f64' || b === 'f64') return 'f64';
  return 'f32'; // bf16 with f16, or either with f32
}

/**
 * An operand of arithmetic as promotion sees it: a tensor of `rank` dimensions, or a host number
 * (`weak`).
 */
export interface PromotionOperand {
  readonly dtype: DType;
  readonly rank: number;
  readonly weak?: boolean;
}

/**
 * Result dtype of arithmetic over operands, as torch.result_type: tensors with dimensions decide;
 * 0-dimensional tensors, then host numbers, widen the result only across the categories bool <
 * integer < float. A host float with integers gives f32.
 */
export function resultType(operands: readonly PromotionOperand[]): DType {
  const groups = [
    operands.filter((o) => o.weak !== true && o.rank > 0),
    operands.filter((o) => o.weak !== true && o.rank === 0),
    operands.filter((o) => o.weak === true),
  ];
  let result: DType | undefined;
  for (const group of groups) {
    if (group.length === 0) continue;
    const own = group.map((o) => o.dtype).reduce(promoteTypes);
    if (result === undefined) result = own;
    else if (CATEGORY_RANK[CATEGORY[own]] > CATEGORY_RANK[CATEGORY[result]]) result = own;
  }
  if (result === undefined)
    throw new AutomodelError('bad-argument', 'dtype promotion needs at least one operand');
  return result;
}

/**
 * The dtype a host number has in promotion: bool, i64 for whole numbers, f32 otherwise. `integer`
 * states what JavaScript cannot tell apart (1.0 and 1).
 */
export function hostNumberType(value: number | bigint | boolean): DType {
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'bigint' ? 'i64' : 'f32';
}
