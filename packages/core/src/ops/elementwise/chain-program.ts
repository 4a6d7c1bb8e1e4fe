// The program of a chain of elementwise ops as text that a plan can carry: one instruction a line,
// `op argument ... name=value ...`. Arguments are operands (x0), earlier results (t0) or literals
// with their dtype (f32:0.5). Ops are named as in the registry; the table here says which of them a
// chain may hold.
import { AutomodelError } from '../../error.js';
import type { Attributes, AttributeValue } from '../../graph/graph.js';
import { DTYPES, type DType } from '../../tensor/dtype.js';
import { castOp } from '../cast/cast.js';
import { andOp } from '../compare/and.js';
import { eqOp } from '../compare/eq.js';
import { geOp } from '../compare/ge.js';
import { gtOp } from '../compare/gt.js';
import { leOp } from '../compare/le.js';
import { ltOp } from '../compare/lt.js';
import { neOp } from '../compare/ne.js';
import { notOp } from '../compare/not.js';
import { orOp } from '../compare/or.js';
import { xorOp } from '../compare/xor.js';
import type { OpDefinition } from '../support/define-op.js';
import type { NoAttributes } from '../support/operand.js';
import { clampOp } from '../select/clamp.js';
import { whereOp } from '../select/where.js';
import { absOp } from './abs.js';
import { addOp } from './add.js';
import { atan2Op } from './atan2.js';
import { ceilOp } from './ceil.js';
import { cosOp } from './cos.js';
import { divOp } from './div.js';
import { erfOp } from './erf.js';
import { expOp } from './exp.js';
import { exp2Op } from './exp2.js';
import { expm1Op } from './expm1.js';
import { floorOp } from './floor.js';
import { floordivOp } from './floordiv.js';
import { geluOp } from './gelu.js';
import { isfiniteOp } from './isfinite.js';
import { isinfOp } from './isinf.js';
import { isnanOp } from './isnan.js';
import { logOp } from './log.js';
import { log1pOp } from './log1p.js';
import { log2Op } from './log2.js';
import { maximumOp } from './maximum.js';
import { minimumOp } from './minimum.js';
import { mulOp } from './mul.js';
import { negOp } from './neg.js';
import { powOp } from './pow.js';
import { reciprocalOp } from './reciprocal.js';
import { reluOp } from './relu.js';
import { remainderOp } from './remainder.js';
import { roundOp } from './round.js';
import { rsqrtOp } from './rsqrt.js';
import { sigmoidOp } from './sigmoid.js';
import { signOp } from './sign.js';
import { siluOp } from './silu.js';
import { sinOp } from './sin.js';
import { softplusOp } from './softplus.js';
import { sqrtOp } from './sqrt.js';
import { subOp } from './sub.js';
import { tanOp } from './tan.js';
import { tanhOp } from './tanh.js';
import { truncOp } from './trunc.js';

const WITHOUT_ATTRIBUTES: readonly OpDefinition<NoAttributes>[] = [
  andOp,
  eqOp,
  geOp,
  gtOp,
  leOp,
  ltOp,
  neOp,
  notOp,
  orOp,
  xorOp,
  whereOp,
  absOp,
  addOp,
  atan2Op,
  ceilOp,
  cosOp,
  divOp,
  erfOp,
  expOp,
  exp2Op,
  expm1Op,
  floorOp,
  floordivOp,
  isfiniteOp,
  isinfOp,
  isnanOp,
  logOp,
  log1pOp,
  log2Op,
  maximumOp,
  minimumOp,
  mulOp,
  negOp,
  powOp,
  reciprocalOp,
  reluOp,
  remainderOp,
  roundOp,
  rsqrtOp,
  sigmoidOp,
  signOp,
  siluOp,
  sinOp,
  sqrtOp,
  subOp,
  tanOp,
  tanhOp,
  truncOp,
];

/** The ops that a chain may hold. */
const BY_NAME: ReadonlyMap<string, OpDefinition> = new Map(
  [...WITHOUT_ATTRIBUTES, castOp, clampOp, geluOp, softplusOp].map((op) => [
    op.name,
    op as unknown as OpDefinition,
  ]),
);

/** Whether nodes of `op` can become instructions of a chain. */
export const isChainable = (op: OpDefinition): boolean => BY_NAME.get(op.name) === op;

/**
 * Where an instruction finds a value: an operand of the node, the result of an earlier instruction,
 * or a literal.
 */
export type ChainArgument =
  | { readonly kind: 'operand'; readonly index: number }
  | { readonly kind: 'result'; readonly index: number }
  | { readonly kind: 'literal'; readonly dtype: DType; readonly value: number | bigint | boolean };

/** One op of a chain, with its arguments and attributes. */
export interface ChainInstruction {
  readonly op: OpDefinition;
  readonly args: readonly ChainArgument[];
  readonly attrs: Attributes;
}

function formatArgument(arg: ChainArgument): string {
  if (arg.kind !== 'literal') return `${arg.kind === 'operand' ? 'x' : 't'}${arg.index}`;
  if (arg.dtype === 'bool') return `bool:${String(Boolean(arg.value))}`;
  return `${arg.dtype}:${Object.is(arg.value, -0) ? '-0' : String(arg.value)}`;
}

/** The line that `parseChain` reads. Attributes of chainable ops are numbers, words or null. */
export function formatInstruction({ op, args, attrs }: ChainInstruction): string {
  return [
    op.name,
    ...args.map(formatArgument),
    ...Object.entries(attrs).map(([name, value]) => `${name}=${String(value)}`),
  ].join(' ');
}

const isDType = (text: string): text is DType => (DTYPES as readonly string[]).includes(text);

function parseLiteral(text: string): ChainArgument | undefined {
  const [dtype, value] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
  if (!isDType(dtype)) return undefined;
  if (dtype === 'bool') return { kind: 'literal', dtype, value: value === 'true' };
  return {
    kind: 'literal',
    dtype,
    value: dtype === 'i64' || dtype === 'i32' ? BigInt(value) : Number(value),
  };
}

function parseArgument(text: string): ChainArgument | undefined {
  const place = /^([xt])(\d+)$/.exec(text);
  if (place !== null)
    return { kind: place[1] === 'x' ? 'operand' : 'result', index: Number(place[2]) };
  return text.includes(':') ? parseLiteral(text) : undefined;
}

function parseAttribute(text: string): AttributeValue {
  if (text === 'null') return null;
  const isNumber = text !== '' && (text === 'NaN' || !Number.isNaN(Number(text)));
  return isNumber ? Number(text) : text;
}

function parseInstruction(line: string): ChainInstruction {
  const [name, ...words] = line.split(' ');
  const op = BY_NAME.get(name!);
  if (op === undefined)
    throw new AutomodelError(
      'bad-graph',
      `fused_elementwise: ${line}: a chain cannot hold this op`,
    );
  const args: ChainArgument[] = [];
  const attrs: Record<string, AttributeValue> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    const arg = equals === -1 ? parseArgument(word) : undefined;
    if (arg !== undefined) args.push(arg);
    else if (equals > 0) attrs[word.slice(0, equals)] = parseAttribute(word.slice(equals + 1));
    else
      throw new AutomodelError(
        'bad-graph',
        `fused_elementwise: ${line}: ${word} is not an argument`,
      );
  }
  return { op, args, attrs };
}

const parsed = new WeakMap<readonly string[], readonly ChainInstruction[]>();

/** The instructions of a program's lines. Errors: `bad-graph` naming the line. */
export function parseChain(program: readonly string[]): readonly ChainInstruction[] {
  let instructions = parsed.get(program);
  if (instructions === undefined) {
    instructions = program.map(parseInstruction);
    instructions.forEach(({ args }, i) => {
      if (args.some((arg) => arg.kind === 'result' && arg.index >= i))
        throw new AutomodelError(
          'bad-graph',
          `fused_elementwise: ${program[i]!}: a result is read before it is made`,
        );
    });
    parsed.set(program, instructions);
  }
  return instructions;
}
