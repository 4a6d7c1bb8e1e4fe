// A chain while it grows: elementwise nodes that will run as one kernel over the elements of one
// frame, the operands they read from outside, and the nodes that wait for its results.
import { operandOf, type Node, type Value } from '../../graph/graph.js';
import { nonEmpty } from '../../list-length.js';
import { formatInstruction, type ChainArgument } from '../../ops/elementwise/chain-program.js';
import { MAX_CHAIN_OPERANDS } from '../../ops/elementwise/fused-elementwise.js';
import { sameShape, sizeOf, type Shape } from '../../tensor/shape.js';
import { refit } from './refit.js';

/**
 * Maximum number of instructions of a chain; more of them would spill what a tile keeps at hand.
 */
const MAX_INSTRUCTIONS = 32;
/** Maximum number of different literals of a chain. */
const MAX_LITERALS = 12;

/** A value from outside and the shape in which it broadcasts to the frame. */
export interface ChainOperand {
  readonly value: Value;
  readonly shape: Shape;
}

/** What a member reads: an operand, the value of another member, or a number. */
export type MemberArgument =
  | { readonly kind: 'operand'; readonly operand: ChainOperand }
  | { readonly kind: 'member'; readonly value: Value }
  | { readonly kind: 'literal'; readonly value: number | bigint | boolean };

export interface Chain {
  /** Shape that all elements are computed over. */
  readonly frame: Shape;
  /** In program order, with what they read. */
  readonly members: ReadonlyMap<Node, readonly MemberArgument[]>;
  /** Nodes that read results of the chain and wait for it, in program order. */
  readonly waiting: readonly Node[];
}

/** The last member in program order. */
export function lastOf({ members }: Pick<Chain, 'members'>): Node {
  const [first, ...others] = nonEmpty([...members.keys()]);
  return others.at(-1) ?? first;
}

/** The distinct operands. */
export function operandsOf(members: Chain['members']): readonly ChainOperand[] {
  const found: ChainOperand[] = [];
  for (const args of members.values())
    for (const arg of args)
      if (arg.kind === 'operand' && !found.some((o) => sameOperand(o, arg.operand)))
        found.push(arg.operand);
  return found;
}

/** The members as lines of a program over operandsOf(members). */
export function programOf(members: Chain['members']): string[] {
  const operands = operandsOf(members);
  const place = new Map([...members.keys()].map((node, i) => [node, i]));
  return [...members].map(([node, args]) => {
    const written = args.map((arg, i): ChainArgument => {
      if (arg.kind === 'member') return { kind: 'result', index: place.get(arg.value.node!)! };
      if (arg.kind === 'literal')
        return { kind: 'literal', dtype: node.inputs[i]!.dtype, value: arg.value };
      return { kind: 'operand', index: operands.findIndex((o) => sameOperand(o, arg.operand)) };
    });
    return formatInstruction({ op: node.op, args: written, attrs: node.attrs });
  });
}

const sameOperand = (a: ChainOperand, b: ChainOperand): boolean =>
  a.value === b.value && sameShape(a.shape, b.shape);

export function fitsKernel(members: Chain['members']): boolean {
  const literals = new Set(
    [...members.values()].flat().flatMap((arg) => (arg.kind === 'literal' ? [arg.value] : [])),
  );
  return (
    members.size <= MAX_INSTRUCTIONS &&
    operandsOf(members).length <= MAX_CHAIN_OPERANDS &&
    literals.size <= MAX_LITERALS
  );
}

/** Members of both, in program order. */
export const joinMembers = (
  a: Chain['members'],
  b: Chain['members'],
  order: ReadonlyMap<Node, number>,
): Chain['members'] => new Map([...a, ...b].sort(([x], [y]) => order.get(x)! - order.get(y)!));

/**
 * Operands of `members` as they broadcast to `next`, a reshape of `frame`. Undefined where an
 * operand would have to be copied for that.
 */
export function refitMembers(
  members: Chain['members'],
  frame: Shape,
  next: Shape,
): Chain['members'] | undefined {
  if (sameShape(frame, next)) return members;
  const result = new Map<Node, readonly MemberArgument[]>();
  for (const [node, args] of members) {
    const moved = args.map((arg): MemberArgument | undefined => {
      if (arg.kind !== 'operand') return arg;
      const { value } = arg.operand;
      const shape = refit(arg.operand.shape, frame, next);
      return shape === undefined ||
        (!isDense(value) && !sameShape(withoutOnes(shape), withoutOnes(arg.operand.shape)))
        ? undefined
        : { kind: 'operand', operand: { value, shape } };
    });
    if (moved.includes(undefined)) return undefined;
    result.set(node, moved as readonly MemberArgument[]);
  }
  return result;
}

const withoutOnes = (shape: Shape): Shape => shape.filter((dim) => dim !== 1);

/** Whether a value lies in memory without gaps, so that a reshape of it is free. */
function isDense(value: Value): boolean {
  let source = value;
  while (source.node?.op.name === 'reshape') source = operandOf(source.node);
  return source.node?.op.view !== true;
}

/** True when the value has as many elements as the frame. */
export const isWhole = (value: Value, frame: Shape): boolean =>
  sizeOf(value.shape) === sizeOf(frame);
