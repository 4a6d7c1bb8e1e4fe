// Activation functions by the names of Hugging Face's ACT2FN, and their use as an op of one
// operand.
import { AutomodelError } from '../../error.js';
import type { Tensor } from '../../tensor/tensor.js';
import { mul } from '../elementwise/mul.js';
import { gelu } from '../elementwise/gelu.js';
import { relu } from '../elementwise/relu.js';
import { sigmoid } from '../elementwise/sigmoid.js';
import { silu } from '../elementwise/silu.js';

/** Activation functions that models name. `gelu` is exact, `relu2` is relu squared. */
export type Activation =
  'silu' | 'gelu' | 'gelu_tanh' | 'relu' | 'sigmoid' | 'relu2' | 'quick_gelu';

const NAMES: Readonly<Record<string, Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_accurate: 'gelu_tanh',
  relu: 'relu',
  sigmoid: 'sigmoid',
  relu2: 'relu2',
  quick_gelu: 'quick_gelu',
};

/**
 * The activation a config's `hidden_act` names. Errors: one that has no implementation, by name.
 */
export function parseActivation(name: string): Activation {
  const activation = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (activation === undefined)
    throw new AutomodelError('unsupported', `activation ${JSON.stringify(name)} is not supported`, {
      hint: `supported: ${Object.keys(NAMES).join(', ')}`,
    });
  return activation;
}

/** activation(x), elementwise. */
export function activate(x: Tensor, activation: Activation): Tensor {
  switch (activation) {
    case 'silu':
      return silu(x);
    case 'gelu':
      return gelu(x, 'none');
    case 'gelu_tanh':
      return gelu(x, 'tanh');
    case 'relu':
      return relu(x);
    case 'sigmoid':
      return sigmoid(x);
    case 'relu2':
      return mul(relu(x), relu(x));
    case 'quick_gelu':
      return mul(x, sigmoid(mul(x, 1.702)));
  }
}
