// Merges nodes that compute the same thing: same op, operands and attributes, in the same phase, so
// that recomputed values stay apart from saved ones. Constants are compared by content and shared
// across phases. Ops marked `once` are never merged.
import type { Attributes, AttributeValue, Node } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import type { HostData } from '../tensor/host-tensor.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Pass } from './pass.js';

/** The pass that computes equal nodes once. */
export const shareCommon: Pass = {
  name: 'share-common',
  summary: 'merges equal nodes of one phase',
  numerics: 'bitwise',
  run: (graph) => {
    const keys = new NodeKeys();
    const known = new Map<string, readonly Tensor[]>();
    return rebuild(graph, ({ node, inputs, trace }) => {
      if (node.op.once === true) return undefined;
      const key = keys.of(node, inputs);
      const shared = known.get(key);
      if (shared !== undefined) return shared;
      const outputs = trace.copy(node, inputs);
      known.set(key, outputs);
      return outputs;
    });
  },
};

/** Text that is equal exactly for nodes that may be merged. */
class NodeKeys {
  readonly #ops = new Map<OpDefinition, number>();
  readonly #data = new Map<string, HostData[]>();

  of(node: Node, inputs: readonly (Tensor | undefined)[]): string {
    let op = this.#ops.get(node.op);
    if (op === undefined) this.#ops.set(node.op, (op = this.#ops.size));
    const place = inputs.length === 0 && node.op.reference !== undefined ? '' : node.phase;
    return (
      `${op}(${inputs.map((t) => t?.value.id ?? '-').join()}){${this.#attributes(node.attrs)}} ` +
      `${place}`
    );
  }

  #attributes(attrs: Attributes): string {
    return Object.entries(attrs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name}:${this.#attribute(value)}`)
      .join();
  }

  #attribute(value: AttributeValue): string {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    if (ArrayBuffer.isView(value)) return this.#content(value);
    return `[${(value as readonly (number | string)[]).map((v) => this.#attribute(v)).join()}]`;
  }

  /** Arrays of equal type and bits get one name. */
  #content(data: HostData): string {
    const bits = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const bucket = `${data.constructor.name} ${bits.length} ${fingerprint(bits)}`;
    let known = this.#data.get(bucket);
    if (known === undefined) this.#data.set(bucket, (known = []));
    let at = known.findIndex((other) =>
      sameBits(bits, new Uint8Array(other.buffer, other.byteOffset, other.byteLength)),
    );
    if (at === -1) at = known.push(data) - 1;
    return `data(${bucket} ${at})`;
  }
}

/** FNV-1a over the bytes. */
function fingerprint(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

const sameBits = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i]);
