// The reference backend as one that measures: each step of a profiled run takes as many nanoseconds
// as it has operations. What it was asked is recorded.
import type { Backend, RunOptions } from '@automodel/contracts';
import { referenceBackend } from '@automodel/testing';

export interface Asked extends RunOptions {
  readonly program: string;
}

export function measuringBackend(): { readonly backend: Backend; readonly asked: Asked[] } {
  const backend = referenceBackend();
  const asked: Asked[] = [];
  return {
    asked,
    backend: {
      ...backend,
      compile: async (plan) => {
        const executable = await backend.compile(plan);
        return {
          ...executable,
          run: async (bindings, options = {}) => {
            asked.push({ program: plan.name, ...options });
            const result = await executable.run(bindings, options);
            if (options.profile !== true) return result;
            return { ...result, stepNanoseconds: plan.steps.map(({ flops }) => 1 + flops) };
          },
        };
      },
    },
  };
}
