// What the planner needs to know about a backend's kernels, as data: which ops have one, which
// views they take, and how much workspace they need.
import type { Attributes, Node, TensorType } from '../graph/graph.js';
import type { Shape } from '../tensor/shape.js';

/** A node as a kernel table sees it. */
export interface KernelRequest {
  readonly inputs: readonly (TensorType | undefined)[];
  readonly outputs: readonly TensorType[];
  readonly attrs: Attributes;
}

/** How a backend runs an op. */
export interface KernelSupport {
  /**
   * False: this node is decomposed although the op has a kernel. Absent: every node is accepted.
   */
  accepts?(request: KernelRequest): boolean;
  /**
   * True when operand `index` may be this strided view; otherwise the planner copies it to
   * row-major first. Absent: row-major operands only.
   */
  acceptsView?(index: number, shape: Shape, strides: readonly number[]): boolean;
  /** Results that the kernel leaves out where nobody reads them; all others always get memory. */
  readonly optionalOutputs?: readonly number[];
  /** Bytes of workspace for the call; absent: none. */
  workspaceBytes?(request: KernelRequest): number;
}

/**
 * For each op name a kernel, or `'decompose'`. A missing entry means decompose; for a primitive it
 * is an error naming op and backend.
 */
export type KernelTable = Readonly<Record<string, KernelSupport | 'decompose'>>;

/** Ops that the planner lays out by itself, besides those marked `view`. */
export const LAYOUT_OPS: ReadonlySet<string> = new Set(['constant', 'full', 'cat']);

/** Whether there is a kernel for the op; it may still not accept every node. */
export const hasKernel = (
  { kernels }: { readonly kernels: KernelTable },
  { name }: { readonly name: string },
): boolean => Object.hasOwn(kernels, name) && kernels[name] !== 'decompose';

/** The kernel that runs `node`, or undefined. Ops the planner lays out by itself need none. */
export function kernelOf(node: Node, kernels: KernelTable): KernelSupport | undefined {
  const entry = Object.hasOwn(kernels, node.op.name) ? kernels[node.op.name] : undefined;
  if (entry === undefined || entry === 'decompose') return undefined;
  return entry.accepts === undefined ||
    entry.accepts({ inputs: node.inputs, outputs: node.outputs, attrs: node.attrs })
    ? entry
    : undefined;
}
