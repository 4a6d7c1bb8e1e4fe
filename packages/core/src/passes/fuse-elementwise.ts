// Elementwise nodes that feed each other become chains: one kernel, no intermediate tensors in
// memory. One walk in program order: a chain stays open, and its nodes unplaced, until a node that
// cannot join needs a result; open chains never depend on each other, so whatever joins two of them
// may merge them. Reads through reshape and expand join too.
import {
  resultsOf,
  usersOf,
  type Graph,
  type Node,
  type Value,
  operandOf,
} from '../graph/graph.js';
import { Trace } from '../graph/trace.js';
import {
  fusedElementwiseOp,
  MAX_CHAIN_RESULTS,
  type FusedElementwiseAttributes,
} from '../ops/elementwise/fused-elementwise.js';
import {
  fusedReductionOp,
  type FusedReductionAttributes,
} from '../ops/elementwise/fused-reduction.js';
import { reshape } from '../ops/layout/reshape.js';
import { reducedDims } from '../ops/reduce/reduction-op.js';
import type { PlanTarget } from '../plan/planner.js';
import { isFloat } from '../tensor/dtype.js';
import { sameShape, sizeOf, type Shape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import {
  fitsKernel,
  isWhole,
  joinMembers,
  operandsOf,
  programOf,
  refitMembers,
  type Chain,
  type MemberArgument,
} from './chains/chain.js';
import { isCheap, joinsChains, numberIn } from './chains/chainable.js';
import type { Pass, Rewrite } from './pass.js';

/**
 * A chain that nothing has joined for so many nodes is placed: holding it back longer would keep
 * its operands alive.
 */
const PATIENCE = 48;
/** Rows at least this long are worth computing a broadcast column once a row. */
const LONG_ROW = 32;

/** For a target without a kernel for chains it does nothing. */
export const fuseElementwise = (target: PlanTarget): Pass => ({
  name: 'fuse-elementwise',
  summary: 'runs chains of elementwise nodes as one kernel',
  numerics: 'bitwise',
  run: (graph) =>
    hasKernel(target, fusedElementwiseOp.name)
      ? new ChainFusion(graph, hasKernel(target, fusedReductionOp.name)).run()
      : { graph, values: new Map() },
});

const hasKernel = ({ kernels }: PlanTarget, op: string): boolean =>
  Object.hasOwn(kernels, op) && kernels[op] !== 'decompose';

/** How a node reads a chain: `value` of a member, seen through `views`. */
interface Path {
  readonly chain: Chain;
  readonly value: Value;
  readonly views: readonly Node[];
}

const isSeeThrough = (node: Node): boolean =>
  node.op.name === 'reshape' || node.op.name === 'expand';

class ChainFusion {
  readonly #graph: Graph;
  readonly #trace: Trace;
  readonly #mapped = new Map<Value, Tensor>();
  readonly #order: ReadonlyMap<Node, number>;
  readonly #users: ReadonlyMap<Value, readonly Node[]>;
  readonly #results: ReadonlySet<Value>;
  /** The open chains, and the chain that each unplaced node belongs to or waits for. */
  readonly #open = new Set<Chain>();
  readonly #home = new Map<Node, Chain>();
  /** Whether sums and means may end chains. */
  readonly #reduces: boolean;

  constructor(graph: Graph, reduces: boolean) {
    this.#graph = graph;
    this.#reduces = reduces;
    this.#trace = new Trace(graph.name);
    this.#order = new Map(graph.nodes.map((node, i) => [node, i]));
    this.#users = usersOf(graph);
    this.#results = new Set(resultsOf(graph));
  }

  run(): Rewrite {
    const { inputs, nodes, outputs, assigns } = this.#graph;
    for (const value of inputs)
      this.#mapped.set(
        value,
        this.#trace.input(value.input.kind, value.input.name, value.shape, value.dtype),
      );
    this.#trace.run(() => {
      nodes.forEach((node, i) => {
        for (const chain of this.#open) if (this.#isStale(chain, node, i)) this.#place(chain);
        if (joinsChains(node)) this.#grow(node);
        else this.#visit(node);
      });
      for (const chain of this.#open) this.#place(chain);
    });
    for (const { name, value } of outputs) this.#trace.output(name, this.#mapped.get(value)!);
    for (const { target, value } of assigns)
      this.#trace.assign(this.#mapped.get(target)!, this.#mapped.get(value)!);
    return {
      graph: this.#trace.finish(),
      values: new Map([...this.#mapped].map(([old, tensor]) => [old, tensor.value])),
    };
  }

  #isStale(chain: Chain, next: Node, index: number): boolean {
    const last = [...chain.members.keys()].at(-1)!;
    return (
      (last.phase === 'forward' && next.phase !== 'forward') ||
      index - this.#order.get(last)! > PATIENCE
    );
  }

  /**
   * A node that joins no chain. Views and reductions of results of one open chain wait with it;
   * anything else needs its operands now.
   */
  #visit(node: Node): void {
    const homes = new Set(
      node.inputs
        .flatMap((v) => (v?.node === undefined ? [] : [this.#home.get(v.node)]))
        .filter((c) => c !== undefined),
    );
    const [chain] = homes;
    const light = node.op.view === true || node.op.name === 'sum' || node.op.name === 'mean';
    if (
      chain !== undefined &&
      homes.size === 1 &&
      light &&
      [...chain.members.keys()].at(-1)!.phase === node.phase
    ) {
      this.#replace([chain], { ...chain, waiting: [...chain.waiting, node] });
      return;
    }
    for (const home of homes) this.#place(home);
    this.#copy(node);
  }

  /** Starts a chain with `node` and joins it with the open chains that it reads. */
  #grow(node: Node): void {
    const paths = node.inputs.map((v) => this.#pathOf(v!));
    const chains = new Set(paths.flatMap((path) => (path === undefined ? [] : [path.chain])));
    for (const chain of chains) {
      const own = paths.filter((path) => path?.chain === chain) as Path[];
      if (own.some((path) => this.#refitted(path, node, own) === undefined)) this.#place(chain);
    }
    let joined: Chain = {
      frame: node.outputs[0].shape,
      members: new Map([[node, node.inputs.map((v) => this.#argument(v!))]]),
      waiting: [],
    };
    const absorbed: Chain[] = [];
    for (const chain of chains) {
      if (!this.#open.has(chain)) continue;
      const path = paths.find((p) => p?.chain === chain)!;
      const members = joinMembers(this.#refitted(path, node, [path])!, joined.members, this.#order);
      const waiting = [...chain.waiting, ...joined.waiting].sort(
        (a, b) => this.#order.get(a)! - this.#order.get(b)!,
      );
      if (
        fitsKernel(members) &&
        this.#resultsOf({ ...joined, members, waiting }).length <= MAX_CHAIN_RESULTS
      ) {
        joined = { ...joined, members, waiting };
        absorbed.push(chain);
      } else this.#place(chain);
    }
    // A chain that was placed after all is read as an operand.
    const members = new Map(joined.members).set(
      node,
      node.inputs.map((v) => this.#argument(v!, absorbed)),
    );
    const final = { ...joined, members };
    if (fitsKernel(members)) this.#replace(absorbed, final);
    else {
      for (const chain of absorbed) this.#place(chain);
      this.#replace([], {
        frame: joined.frame,
        members: new Map([[node, node.inputs.map((v) => this.#argument(v!, []))]]),
        waiting: [],
      });
    }
  }

  #replace(old: readonly Chain[], chain: Chain): void {
    for (const gone of old) this.#open.delete(gone);
    this.#open.add(chain);
    for (const node of [...chain.members.keys(), ...chain.waiting]) this.#home.set(node, chain);
  }

  /**
   * The member of an open chain that `value` is, or shows through reshapes and expands. A waiting
   * node that is none of these has its chain placed.
   */
  #pathOf(value: Value): Path | undefined {
    const views: Node[] = [];
    let at = value;
    let chain = at.node === undefined ? undefined : this.#home.get(at.node);
    while (chain !== undefined && !chain.members.has(at.node!)) {
      if (!isSeeThrough(at.node!)) {
        this.#place(chain);
        return undefined;
      }
      views.unshift(at.node!);
      at = operandOf(at.node!);
      chain = this.#home.get(at.node!);
    }
    return chain === undefined ? undefined : { chain, value: at, views };
  }

  /**
   * What a node reads at `value`; chains among `absorbed` (default: all open ones) are read as
   * members.
   */
  #argument(value: Value, absorbed: readonly Chain[] = [...this.#open]): MemberArgument {
    const literal = numberIn(value);
    if (literal !== undefined) return { kind: 'literal', value: literal };
    const path = this.#pathOf(value);
    if (path !== undefined && absorbed.includes(path.chain))
      return { kind: 'member', value: path.value };
    const source = value.node?.op.name === 'expand' ? operandOf(value.node) : value;
    return { kind: 'operand', operand: { value: source, shape: source.shape } };
  }

  /**
   * The members of the path's chain over the frame of `node`; undefined when they cannot be
   * computed over it, or should not.
   */
  #refitted(
    { chain, value, views }: Path,
    node: Node,
    paths: readonly Path[],
  ): Chain['members'] | undefined {
    const last = [...chain.members.keys()].at(-1)!;
    const sameWay = paths.every(
      (p) =>
        p.views.length === views.length &&
        p.views.every((view, i) => sameShape(view.outputs[0].shape, views[i]!.outputs[0].shape)) &&
        sameShape(p.value.shape, value.shape),
    );
    if (last.phase !== node.phase || last.stream !== node.stream || !sameWay) return undefined;
    if (!isWhole(value, chain.frame)) return undefined;
    let frame: Shape = value.shape;
    let members = refitMembers(chain.members, chain.frame, frame);
    for (const view of views) {
      const shape = view.outputs[0].shape;
      if (view.op.name === 'reshape' && members !== undefined)
        members = refitMembers(members, frame, shape);
      frame = shape;
    }
    const target = node.outputs[0].shape;
    return sizeOf(value.shape) === sizeOf(target) || this.#mayRepeat(chain, frame, node)
      ? members
      : undefined;
  }

  /**
   * Whether members may be computed again for every element that `frame` is broadcast to: nobody
   * else reads them, and they are cheap or are computed once a row.
   */
  #mayRepeat(chain: Chain, frame: Shape, node: Node): boolean {
    const target = node.outputs[0].shape;
    if (
      [...chain.members.keys()].some((member) =>
        this.#isNeeded(member.outputs[0], (user) => user === node || chain.members.has(user)),
      )
    )
      return false;
    const onceARow = (frame.at(-1) ?? 1) === 1 && target.at(-1)! >= LONG_ROW;
    return onceARow || [...chain.members.keys()].every(isCheap);
  }

  /**
   * Whether anything but nodes that `isInside` names reads `value`, views that only those read left
   * out.
   */
  #isNeeded(value: Value, isInside: (user: Node) => boolean): boolean {
    if (this.#results.has(value)) return true;
    return (this.#users.get(value) ?? []).some(
      (user) =>
        !isInside(user) &&
        !(isSeeThrough(user) && this.#home.has(user) && !this.#isNeeded(user.outputs[0], isInside)),
    );
  }

  /** Values of members that others read. */
  #resultsOf(chain: Chain): Value[] {
    return [...chain.members.keys()]
      .map((member) => member.outputs[0])
      .filter((value) => this.#isNeeded(value, (user) => chain.members.has(user)));
  }

  /**
   * Records the chain, then the nodes that waited for it. A sum or mean that alone reads its result
   * ends it.
   */
  #place(chain: Chain): void {
    if (!this.#open.delete(chain)) return;
    const results = this.#resultsOf(chain);
    const end = this.#reductionOf(chain, results);
    const inside = (user: Node): boolean => chain.members.has(user) || user === end?.node;
    const waiting = chain.waiting.filter(
      (node) =>
        node !== end?.node && (!isSeeThrough(node) || this.#isNeeded(node.outputs[0], inside)),
    );
    for (const node of [...chain.members.keys(), ...chain.waiting]) this.#home.delete(node);
    if (end !== undefined) this.#recordReduction(end);
    else if (chain.members.size === 1) this.#copy([...chain.members.keys()][0]!);
    else this.#record(chain, results);
    for (const node of waiting) this.#copy(node);
  }

  /**
   * The waiting sum or mean that is the only reader of the chain's only result, and the members
   * over the shape that it reduces.
   */
  #reductionOf(chain: Chain, results: readonly Value[]): ChainEnd | undefined {
    const [value] = results;
    if (
      !this.#reduces ||
      value === undefined ||
      results.length > 1 ||
      !isWhole(value, chain.frame) ||
      !isFloat(value.dtype)
    )
      return undefined;
    const node = chain.waiting.find((n) => n.op.name === 'sum' || n.op.name === 'mean');
    if (
      node === undefined ||
      this.#isNeeded(value, (user) => chain.members.has(user) || user === node) ||
      (node.attrs['dtype'] ?? value.dtype) !== value.dtype
    )
      return undefined;
    let source = operandOf(node);
    while (
      source !== value &&
      source.node?.op.name === 'reshape' &&
      this.#home.get(source.node) === chain
    )
      source = operandOf(source.node);
    const frame = operandOf(node).shape;
    const members =
      source === value && frame.length > 0
        ? refitMembers(chain.members, chain.frame, frame)
        : undefined;
    return members === undefined ? undefined : { node, frame, members };
  }

  #copy(node: Node): void {
    const trace = this.#trace;
    const inputs = node.inputs.map((v) => (v === undefined ? undefined : this.#mapped.get(v)!));
    const stream = trace.stream;
    trace.stream = node.stream;
    const outputs = trace.at(node.scope, node.phase, () =>
      trace.apply(node.op, inputs, node.attrs),
    );
    trace.stream = stream;
    node.outputs.forEach((value, i) => this.#mapped.set(value, outputs[i]!));
  }

  #record({ frame, members }: Pick<Chain, 'frame' | 'members'>, results: readonly Value[]): void {
    const nodes = [...members.keys()];
    const last = nodes.at(-1)!;
    const attrs: FusedElementwiseAttributes = {
      program: programOf(members),
      results: results.map((value) => nodes.indexOf(value.node!)),
      shape: frame,
    };
    this.#trace.at(last.scope, last.phase, () => {
      const outputs = this.#trace.apply(fusedElementwiseOp, this.#operands(members, frame), attrs);
      results.forEach((value, i) => this.#mapped.set(value, reshapeTo(outputs[i]!, value.shape)));
    });
  }

  #recordReduction({ node, frame, members }: ChainEnd): void {
    const dims = reducedDims(node.op.name, frame.length, node.attrs['dims'] as readonly number[]);
    const attrs: FusedReductionAttributes = {
      program: programOf(members),
      shape: frame,
      dims,
      reduction: node.op.name === 'sum' ? 'sum' : 'mean',
    };
    this.#trace.at(node.scope, node.phase, () => {
      const result = this.#trace.apply(fusedReductionOp, this.#operands(members, frame), attrs)[0];
      this.#mapped.set(node.outputs[0], reshapeTo(result, node.outputs[0].shape));
    });
  }

  #operands(members: Chain['members'], frame: Shape): Tensor[] {
    return operandsOf(members).map(({ value, shape }) =>
      reshapeTo(this.#mapped.get(value)!, sizeOf(shape) === sizeOf(frame) ? frame : shape),
    );
  }
}

/** A reduction that ends a chain, and the chain over the shape it reduces. */
interface ChainEnd extends Pick<Chain, 'frame' | 'members'> {
  readonly node: Node;
}

const reshapeTo = (tensor: Tensor, shape: Shape): Tensor =>
  sameShape(tensor.shape, shape) ? tensor : reshape(tensor, shape);
