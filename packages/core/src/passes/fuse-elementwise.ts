// Elementwise nodes that feed each other become chains: one kernel, no intermediate tensors in
// memory. One walk in program order: a chain stays open, and its nodes unplaced, until a node that
// cannot join needs a result; open chains never depend on each other, so a node that joins two of
// them may merge them. Reads through reshape and expand join too.
import { type Graph, type Node, type Value, operandOf } from '../graph/graph.js';
import { Trace } from '../graph/trace.js';
import { fusedElementwiseOp, MAX_CHAIN_RESULTS } from '../ops/elementwise/fused-elementwise.js';
import { fusedReductionOp } from '../ops/elementwise/fused-reduction.js';
import { hasKernel } from '../plan/kernel-table.js';
import type { PlanTarget } from '../plan/plan-graph.js';
import { sameShape, sizeOf, type Shape } from '../tensor/shape.js';
import {
  fitsKernel,
  isWhole,
  joinMembers,
  refitMembers,
  type Chain,
  type MemberArgument,
  lastOf,
} from './chains/chain.js';
import { ChainRecorder } from './chains/chain-recorder.js';
import { isCheap, joinsChains, numberIn } from './chains/chainable.js';
import { isSeeThrough, OpenChains } from './chains/open-chains.js';
import type { Pass, Rewrite } from './pass.js';

/**
 * A chain that nothing has joined for this many nodes is placed: holding it back longer would keep
 * its operands alive.
 */
const PATIENCE = 48;
/** From this length of rows on it pays to compute a broadcast column once per row. */
const LONG_ROW = 32;

/** For a target without a kernel for chains it does nothing. */
export const fuseElementwise = (target: PlanTarget): Pass => ({
  name: 'fuse-elementwise',
  summary: 'runs chains of elementwise nodes as one kernel',
  numerics: 'bitwise',
  run: (graph) =>
    hasKernel(target, fusedElementwiseOp)
      ? new ChainFusion(graph, hasKernel(target, fusedReductionOp)).run()
      : { graph, values: new Map() },
});

/** How a node reads a chain: `value` of a member, seen through `views`. */
interface Path {
  readonly chain: Chain;
  readonly value: Value;
  readonly views: readonly Node[];
}

class ChainFusion {
  readonly #graph: Graph;
  readonly #trace: Trace;
  readonly #order: ReadonlyMap<Node, number>;
  readonly #open: OpenChains;
  readonly #recorder: ChainRecorder;

  constructor(graph: Graph, reduces: boolean) {
    this.#graph = graph;
    this.#trace = new Trace(graph.name);
    this.#order = new Map(graph.nodes.map((node, i) => [node, i]));
    this.#open = new OpenChains(graph);
    this.#recorder = new ChainRecorder(this.#trace, this.#open, reduces);
  }

  run(): Rewrite {
    const { inputs, nodes, outputs, assigns } = this.#graph;
    for (const value of inputs) {
      const { kind, name } = value.input;
      this.#recorder.set(value, this.#trace.input(kind, name, value.shape, value.dtype));
    }
    this.#trace.run(() => {
      nodes.forEach((node, i) => {
        for (const chain of this.#open)
          if (this.#isStale(chain, node, i)) this.#recorder.place(chain);
        if (joinsChains(node)) this.#grow(node);
        else this.#visit(node);
      });
      for (const chain of this.#open) this.#recorder.place(chain);
    });
    for (const { name, value } of outputs) this.#trace.output(name, this.#recorder.tensorOf(value));
    for (const { target, value } of assigns)
      this.#trace.assign(this.#recorder.tensorOf(target), this.#recorder.tensorOf(value));
    return { graph: this.#trace.finish(), values: this.#recorder.values };
  }

  #isStale(chain: Chain, next: Node, index: number): boolean {
    const last = lastOf(chain);
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
      node.inputs.map((v) => this.#open.homeOf(v?.node)).filter((c) => c !== undefined),
    );
    const [chain] = homes;
    const light = node.op.view === true || node.op.name === 'sum' || node.op.name === 'mean';
    if (chain !== undefined && homes.size === 1 && light && lastOf(chain).phase === node.phase) {
      this.#open.replace([chain], { ...chain, waiting: [...chain.waiting, node] });
      return;
    }
    for (const home of homes) this.#recorder.place(home);
    this.#recorder.copy(node);
  }

  /** Starts a chain with `node` and joins it with the open chains that it reads. */
  #grow(node: Node): void {
    const paths = node.inputs.map((v) => this.#pathOf(v!));
    const chains = new Set(paths.flatMap((path) => (path === undefined ? [] : [path.chain])));
    for (const chain of chains) {
      const own = paths.filter((path) => path?.chain === chain) as Path[];
      if (own.some((path) => this.#refitted(path, node, own) === undefined))
        this.#recorder.place(chain);
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
        this.#open.resultsOf({ ...joined, members, waiting }).length <= MAX_CHAIN_RESULTS
      ) {
        joined = { ...joined, members, waiting };
        absorbed.push(chain);
      } else this.#recorder.place(chain);
    }
    // A chain that had to be placed is read as an operand.
    const members = new Map(joined.members).set(
      node,
      node.inputs.map((v) => this.#argument(v!, absorbed)),
    );
    const final = { ...joined, members };
    if (fitsKernel(members)) this.#open.replace(absorbed, final);
    else {
      for (const chain of absorbed) this.#recorder.place(chain);
      this.#open.replace([], {
        frame: joined.frame,
        members: new Map([[node, node.inputs.map((v) => this.#argument(v!, []))]]),
        waiting: [],
      });
    }
  }

  /**
   * The member of an open chain that `value` is, or shows through reshapes and expands. A waiting
   * node that is none of these has its chain placed.
   */
  #pathOf(value: Value): Path | undefined {
    const views: Node[] = [];
    let at = value;
    let { node } = at;
    let chain = this.#open.homeOf(node);
    while (node !== undefined && chain !== undefined && !chain.members.has(node)) {
      if (!isSeeThrough(node)) {
        this.#recorder.place(chain);
        return undefined;
      }
      views.unshift(node);
      at = operandOf(node);
      ({ node } = at);
      chain = this.#open.homeOf(node);
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
    const last = lastOf(chain);
    const sameWay = paths.every(
      (p) =>
        p.views.length === views.length &&
        p.views.every((view, i) => sameShape(view.outputs[0].shape, views[i]!.outputs[0].shape)) &&
        sameShape(p.value.shape, value.shape),
    );
    if (last.phase !== node.phase || !sameWay) return undefined;
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
   * else reads them, and they are cheap or computed once per row.
   */
  #mayRepeat(chain: Chain, frame: Shape, node: Node): boolean {
    const target = node.outputs[0].shape;
    if (
      [...chain.members.keys()].some((member) =>
        this.#open.isNeeded(member.outputs[0], (user) => user === node || chain.members.has(user)),
      )
    )
      return false;
    const onceARow = (frame.at(-1) ?? 1) === 1 && (target.at(-1) ?? 1) >= LONG_ROW;
    return onceARow || [...chain.members.keys()].every(isCheap);
  }
}
