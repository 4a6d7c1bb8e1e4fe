// Reverse-mode differentiation as graph construction: appends the adjoint program to the trace and
// nothing else. Only what lies between `wrt` and the loss is visited, so frozen weights cost no
// gradient and no saved activation, without a special case.
import { AutomodelError } from '../error.js';
import { ReversePass } from '../graph/reverse-pass.js';
import { full } from '../ops/creation/full.js';
import { add } from '../ops/elementwise/add.js';
import { isFloat } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * d loss / d w for each w of `wrt`; undefined where the loss does not depend on it. `loss` is a
 * 0-dimensional float of the same trace.
 * Errors: a primitive without gradient on the way, naming op and scope.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): (Tensor | undefined)[] {
  if (loss.rank !== 0 || !isFloat(loss.dtype))
    throw new AutomodelError(
      'bad-shape',
      `gradients: the loss must be a 0-dimensional float tensor, not ${loss.toString()}`,
    );
  const pass = new ReversePass(loss.trace, wrt, add);
  const scope = loss.value.node?.scope ?? '';
  loss.trace.run(() => {
    pass.contribute(
      loss.value,
      loss.trace.at(scope, 'backward', () => full([], 1, loss.dtype)),
    );
    pass.backpropagate([...loss.trace.nodes]);
  });
  return wrt.map((tensor) => pass.adjoints.get(tensor.value));
}
