// Names of the states that training programs share. Passes of parallelism find gradients by them.

/** Sums the loss of a step. */
export const LOSS_STATE = 'loss_sum';

const GRADIENT = 'gradient.';

/** Sums a parameter's gradient over the micro-batches of a step. */
export const gradientState = (parameter: string): string => `${GRADIENT}${parameter}`;

/** Whether a state is the gradient of a parameter. */
export const isGradientState = (state: string): boolean => state.startsWith(GRADIENT);
