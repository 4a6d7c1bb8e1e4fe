// Cases of single operations computed by PyTorch (goldens/ops, made by make_op_goldens.py) as
// checks for a test runner: outputs and gradients that a run must reproduce.
import { AutomodelError, runReference } from '@automodel/core';
import { checkOpCase, readOpCases, type RunGraph } from '@automodel/recorded';
import type { ConformanceCheck } from './op-conformance.js';

const referenceRun: RunGraph = (graph, feeds) =>
  Promise.resolve(runReference(graph, feeds, 'typed').outputs);

/**
 * The checks of a folder with ops.json and ops.safetensors: the reference run, and also a backend
 * when one is given.
 */
export async function opGoldens(
  folder: string,
  backend: RunGraph = referenceRun,
): Promise<ConformanceCheck[]> {
  const cases = await readOpCases(folder);
  return cases.map((opCase) => ({
    name: opCase.name,
    run: async () => {
      const { status, note } = await checkOpCase(opCase, { reference: referenceRun, backend });
      if (status !== 'agrees') throw new AutomodelError('bad-data', `${opCase.name}: ${note}`);
    },
  }));
}
