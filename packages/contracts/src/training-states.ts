// Names of the states that training programs share. Passes of parallelism find gradients by them.

/** Sums the loss of a step. */
export const LOSS_STATE = 'loss_sum';

const GRADIENT = 'gradient.';

/** Sums a parameter's gradient over the micro-batches of a step. */
export const gradientState = (parameter: string): string => `${GRADIENT}${parameter}`;

/** Whether a state is the gradient of a parameter. */
export const isGradientState = (state: string): boolean => state.startsWith(GRADIENT);

const UNREDUCED = 'unreduced_gradient.';

/** Sums a parameter's whole gradient in one process, where it is reduced only once a step. */
export const unreducedState = (parameter: string): string => `${UNREDUCED}${parameter}`;

/** Whether a state is a gradient that is reduced only once a step. */
export const isUnreducedState = (state: string): boolean => state.startsWith(UNREDUCED);

/** The parameter whose gradient a state holds. */
export const parameterOfGradient = (state: string): string => state.slice(GRADIENT.length);
