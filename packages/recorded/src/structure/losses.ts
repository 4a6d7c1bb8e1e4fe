// linear_cross_entropy from cross_entropy over a linear map: logits that nobody else reads need not
// exist. What lies between (reshapes of rows, a cast, a factor, a soft cap, a choice of rows) moves
// to the rows that go into the product.
import {
  linearCrossEntropy,
  mul,
  type Node,
  operandOf,
  reshape,
  sizeAt,
  slice,
  type Tensor,
  type Value,
} from '@automodel/core';
import { isFactor, isFloatCast, madeBy, scaled } from './recognize-value.js';
import type { MissedStructure } from '@automodel/contracts';
import type { Emission, Emit, Pattern, Subject } from './pattern.js';

export const losses: Pattern = {
  name: 'fuse-linear-loss',
  summary: 'linear_cross_entropy from cross_entropy over a linear map',
  find: (subject) => {
    const matches = new Map<Node, Emit>();
    const missed: MissedStructure[] = [];
    for (const node of subject.graph.nodes) {
      if (node.op.name !== 'cross_entropy') continue;
      const product = productBelow(subject, node);
      if (typeof product === 'string')
        missed.push({ pattern: losses.name, scope: node.scope, reason: product });
      else matches.set(node, (emission) => emitLoss(emission, node, product));
    }
    return { matches, missed };
  },
};

/** What logits are made of: softcap * tanh(factor * x W^T), seen through views of rows. */
interface Product {
  readonly x: Value;
  readonly weight: Value;
  readonly factor: number;
  readonly softcap: number;
  /** Reshapes and slices of rows, from the loss down. */
  readonly views: readonly Node[];
}

function productBelow(subject: Subject, loss: Node): Product | string {
  const logits = operandOf(loss);
  const vocabulary = sizeAt(logits, 1);
  const views: Node[] = [];
  let [value, reader, factor, softcap] = [logits, loss, 1, 0];
  for (;;) {
    if (!subject.onlyFor(value, reader)) return 'something else reads the logits';
    const node = value.node;
    const times = scaled(value);
    if (node === undefined || value.shape.at(-1) !== vocabulary)
      return 'the logits are cut out of others';
    if (node.op.name === 'linear' || node.op.name === 'matmul')
      return operandsOf(node, { factor, softcap, views });
    if (times !== undefined && isFactor(factor * times.factor * (softcap || 1)))
      factor *= times.factor;
    else if (node.op.name === 'tanh' && softcap === 0 && factor > 0)
      [softcap, factor] = [factor, 1];
    else if (node.op.name === 'reshape' || node.op.name === 'slice') views.push(node);
    else if (!isFloatCast(value))
      return `the logits come from ${node.op.name} and not from a linear map`;
    [value, reader] = [times?.x ?? operandOf(node), node];
  }
}

function operandsOf(
  node: Node,
  rest: Pick<Product, 'factor' | 'softcap' | 'views'>,
): Product | string {
  const [x, weight] = [operandOf(node, 0), operandOf(node, 1)];
  if (node.op.name === 'linear')
    return node.inputs[2] === undefined ? { x, weight, ...rest } : 'the last product has a bias';
  const turned = madeBy(weight, 'permute');
  return turned !== undefined && weight.shape.length === 2
    ? { x, weight: operandOf(turned), ...rest }
    : 'the last product is with a matrix [width, vocabulary]';
}

function emitLoss(
  { tensorOf }: Emission,
  loss: Node,
  { x, weight, factor, softcap, views }: Product,
): Tensor[] {
  const width = sizeAt(x, -1);
  const rows = views.reduceRight((t, node) => {
    const last = <T>(list: readonly T[], value: T): T[] => [...list.slice(0, -1), value];
    if (node.op.name === 'reshape') return reshape(t, last(node.outputs[0].shape, width));
    const list = (name: string): readonly number[] => node.attrs[name] as readonly number[];
    return slice(t, last(list('start'), 0), last(list('end'), width), last(list('step'), 1));
  }, tensorOf(x));
  const scale = softcap > 0 ? factor * softcap : factor;
  const { loss: sum, nll } = linearCrossEntropy(
    scale === 1 ? rows : mul(rows, scale),
    tensorOf(weight),
    tensorOf(operandOf(loss, 1)),
    tensorOf(operandOf(loss, 2)),
    softcap,
  );
  return [sum, nll];
}
