// An optimizer in the backward pass updates the first parameter before the norm of all gradients is
// known, so it cannot clip by it.
import type { z } from 'zod';
import type { Issue } from '../issues/issue.js';
import type { recipeSchema } from '../schema/recipe-schema.js';

/** `memory.optimizer_in_backward` together with clipping. */
export const clipsInBackward = ({
  memory,
  clip_grad_norm: { max_norm: maxNorm },
}: z.output<typeof recipeSchema>): Issue[] =>
  memory.optimizer_in_backward && maxNorm !== null
    ? [
        {
          path: ['memory', 'optimizer_in_backward'],
          at: 'key',
          message:
            'an optimizer in the backward pass cannot clip, because the norm is known after the ' +
            'last update: set clip_grad_norm.max_norm to null',
        },
      ]
    : [];
