// Ways to break a written graph.json, drawn from Philox counters.
import { philox } from '@automodel/core';
import { type WrittenGraph } from './small-graph.js';

const JUNK: readonly unknown[] = [
  null,
  true,
  false,
  -1,
  0,
  1,
  3,
  0.5,
  1e300,
  2 ** 53,
  -(2 ** 31),
  'x',
  '',
  'Infinity',
  'NaN',
  '-Infinity',
  '__proto__',
  'constructor',
  'toString',
  [],
  [1],
  [[]],
  [0, 0, 0],
  [-1],
  ['a'],
  [1.5],
  {},
  { c: 1 },
  { c: 'x' },
  { c: null },
  { c: 'NaN' },
  'float32',
  'int64',
  'bool',
];

export class Mutations {
  #draws = 0;

  constructor(readonly seed: number) {}

  below(count: number): number {
    return philox([this.#draws++, 0, 0, 4], [this.seed, 0])[0] % count;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  /** The graph broken once or twice. */
  break(graph: WrittenGraph): WrittenGraph {
    for (let times = 1 + this.below(2); times > 0 && graph.nodes.length > 1; times--)
      this.#breakOnce(graph);
    return graph;
  }

  #breakOnce(graph: WrittenGraph): void {
    const { nodes } = graph;
    const [at, other] = [this.below(nodes.length), this.below(nodes.length)];
    const node = nodes[at]!;
    switch (this.below(12)) {
      case 0:
        nodes.splice(at, 1);
        break;
      case 1:
        nodes.splice(at, 0, structuredClone(nodes[other]!));
        break;
      case 2:
        [nodes[at], nodes[other]] = [nodes[other]!, node];
        break;
      case 3:
        node.op = nodes[other]!.op;
        break;
      case 4:
        graph[this.pick(['format', 'architecture', 'output'])] = this.pick(JUNK);
        break;
      case 5:
        delete node[this.pick(Object.keys(node))];
        break;
      default: {
        const key = this.pick([
          'in',
          'in',
          'attrs',
          'attrs',
          'attrs',
          'shape',
          'dtype',
          'op',
          'id',
          'scope',
        ]);
        node[key] = this.#changed(node[key]);
      }
    }
  }

  #changed(value: unknown): unknown {
    if (this.below(4) === 0) return this.pick(JUNK);
    if (typeof value === 'number')
      return this.pick([value + 1, value - 1, -value, value * 2, value + 0.5, value * 2 ** 40]);
    if (typeof value === 'boolean') return !value;
    if (Array.isArray(value)) return this.#changedList(value);
    if (typeof value !== 'object' || value === null) return this.pick(JUNK);
    const entries = Object.entries(value);
    if (entries.length === 0) return { dim: this.pick(JUNK) };
    const key = this.pick(entries)[0];
    return { ...value, [key]: this.#changed((value as Record<string, unknown>)[key]) };
  }

  #changedList(list: readonly unknown[]): unknown[] {
    const at = list.length === 0 ? 0 : this.below(list.length);
    const [added, removed] = this.pick([
      [[this.pick(JUNK)], 0],
      [[], 1],
      [[this.#changed(list[at])], 1],
    ] as const);
    return list.toSpliced(at, removed, ...added);
  }
}
