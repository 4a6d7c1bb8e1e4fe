// The chains that are still growing: which node belongs to which chain or waits for it, and which
// results of a chain the rest of the graph needs.
import { resultsOf, usersOf, type Graph, type Node, type Value } from '../../graph/graph.js';
import type { Chain } from './chain.js';

/** Whether a chain can be read through the node. */
export const isSeeThrough = (node: Node): boolean =>
  node.op.name === 'reshape' || node.op.name === 'expand';

export class OpenChains {
  readonly #users: ReadonlyMap<Value, readonly Node[]>;
  readonly #results: ReadonlySet<Value>;
  readonly #open = new Set<Chain>();
  readonly #home = new Map<Node, Chain>();

  constructor(graph: Graph) {
    this.#users = usersOf(graph);
    this.#results = new Set(resultsOf(graph));
  }

  [Symbol.iterator](): Iterator<Chain> {
    return this.#open.values();
  }

  has(chain: Chain): boolean {
    return this.#open.has(chain);
  }

  /** The open chain that a node belongs to or waits for. */
  homeOf(node: Node | undefined): Chain | undefined {
    return node === undefined ? undefined : this.#home.get(node);
  }

  /** Opens `chain` in place of `old`, whose nodes it took over. */
  replace(old: readonly Chain[], chain: Chain): void {
    for (const gone of old) this.#open.delete(gone);
    this.#open.add(chain);
    for (const node of [...chain.members.keys(), ...chain.waiting]) this.#home.set(node, chain);
  }

  /** Nothing joins `chain` any more. False where it was not open. */
  close(chain: Chain): boolean {
    return this.#open.delete(chain);
  }

  /** The nodes of a closed chain are in the graph now. */
  forget(chain: Chain): void {
    for (const node of [...chain.members.keys(), ...chain.waiting]) this.#home.delete(node);
  }

  /**
   * Whether any node outside of `isInside` reads `value`. A waiting view counts through its own
   * readers.
   */
  isNeeded(value: Value, isInside: (user: Node) => boolean): boolean {
    if (this.#results.has(value)) return true;
    return (this.#users.get(value) ?? []).some(
      (user) =>
        !isInside(user) &&
        !(isSeeThrough(user) && this.#home.has(user) && !this.isNeeded(user.outputs[0], isInside)),
    );
  }

  /** Values of members that others read. */
  resultsOf(chain: Chain): Value[] {
    return [...chain.members.keys()]
      .map((member) => member.outputs[0])
      .filter((value) => this.isNeeded(value, (user) => chain.members.has(user)));
  }
}
