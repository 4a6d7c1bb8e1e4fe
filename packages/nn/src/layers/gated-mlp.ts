// The gated MLP of Llama-like models (Shazeer 2020): down_proj(activation(gate_proj(x)) *
// up_proj(x)).
import type { ParameterScope } from '@automodel/contracts';
import { gatedActivation, type Activation, type Tensor } from '@automodel/core';

/** The width and activation of a gated MLP. */
export interface GatedMlpConfig {
  readonly hidden: number;
  readonly activation: Activation;
  readonly bias: boolean;
}

/** x[T,D] -> [T,D]. */
export function gatedMlp(scope: ParameterScope, x: Tensor, config: GatedMlpConfig): Tensor {
  const [, outFeatures = 0] = x.shape;
  const gate = scope.linear('gate_proj', x, config.hidden, config.bias);
  const up = scope.linear('up_proj', x, config.hidden, config.bias);
  return scope.linear(
    'down_proj',
    gatedActivation(gate, up, config.activation),
    outFeatures,
    config.bias,
  );
}
