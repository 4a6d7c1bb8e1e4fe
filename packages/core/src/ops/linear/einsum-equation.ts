// Equations of einsum as text: an ellipsis is spelled out with labels of its own, a result that is
// not stated follows from the operands, and each label has one size.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { formatShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';

const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/**
 * The equation with each `...` as labels of its own, counted from the right; a result that is not
 * stated begins with them.
 */
export function spellOut(eq: string, operands: readonly Tensor[]): string {
  if (!eq.includes('...')) return eq;
  const [left, right] = eq.split('->') as [string, string?];
  const inputs = left.split(',');
  const covered = inputs.map((text, i) =>
    text.includes('...') ? Math.max(0, (operands[i]?.rank ?? 0) - (text.length - 3)) : 0,
  );
  const spare = LETTERS.filter((letter) => !eq.includes(letter)).slice(0, Math.max(...covered));
  if (spare.length < Math.max(...covered))
    throw new AutomodelError(
      'unsupported',
      `einsum: equation "${eq}" needs more labels than there are letters`,
    );
  const spelled = inputs.map((text, i) =>
    text.replace('...', spare.slice(spare.length - covered[i]!).join('')),
  );
  if (right !== undefined) return `${spelled.join(',')}->${right.replace('...', spare.join(''))}`;
  const labels = [...left.replaceAll(/[.,]/g, '')];
  return `${spelled.join(',')}->${spare.join('')}${labels
    .filter((label) => labels.indexOf(label) === labels.lastIndexOf(label))
    .sort()
    .join('')}`;
}

/** Labels of each operand and of the result. */
export interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

/**
 * The labels of operands and result. Errors: a label that is not a letter, an impossible result.
 */
export function parseEquation(eq: string): Equation {
  const [left, right] = eq.split('->') as [string, string?];
  const inputs = left.split(',');
  const labels = [...inputs.join('')];
  const output =
    right ??
    [...new Set(labels)]
      .filter((label) => labels.indexOf(label) === labels.lastIndexOf(label))
      .sort()
      .join('');
  const valid =
    [...inputs, output].every((text) => /^[a-zA-Z]*$/.test(text)) &&
    new Set(output).size === output.length &&
    [...output].every((label) => labels.includes(label));
  if (!valid)
    throw new AutomodelError(
      'unsupported',
      `einsum: equation "${eq}" has a label that is not a letter, or a result with a repeated or ` +
        'unknown one',
    );
  return { inputs, output };
}

/** The size of each label. Errors: `bad-shape` where the operands do not fit. */
export function labelSizes(
  eq: string,
  { inputs }: Equation,
  operands: readonly TensorType[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  const fits =
    inputs.length === operands.length &&
    inputs.every(
      (labels, i) =>
        labels.length === operands[i]!.shape.length &&
        [...labels].every((label, axis) => {
          const [known = 1, size] = [sizes.get(label), operands[i]!.shape[axis]!];
          sizes.set(label, known === 1 ? size : known);
          return (
            (known === size || known === 1 || size === 1) &&
            operands[i]!.shape[labels.indexOf(label)] === size
          );
        }),
    );
  if (!fits)
    throw new AutomodelError(
      'bad-shape',
      `einsum: "${eq}" does not fit ${operands.map((t) => formatShape(t.shape)).join(' and ')}`,
    );
  return sizes;
}
