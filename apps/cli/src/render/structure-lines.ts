// What fusion made of a recorded graph, for `automodel plan --graph`: nodes before and after, what
// was recognised how often, and what looked like a known module and was left as it is.
import type { StructureReport } from '@automodel/contracts';
import { table } from './table.js';

/** `source` is the graph's file. */
export function structureLines(
  source: string,
  { nodesBefore, nodesAfter, fused, missed }: StructureReport,
): string[] {
  const counts = fused
    .filter(({ count }) => count > 0)
    .map(({ pass, count }) => [`    ${pass}`, String(count)]);
  return [
    `recorded graph ${source}`,
    `  nodes: ${nodesBefore} as recorded, ${nodesAfter} after fusion`,
    ...(counts.length === 0 ? ['  fused: nothing'] : ['  fused:', ...table(counts, new Set([1]))]),
    ...(missed.length === 0
      ? ['  every module that looks like a known one was recognised']
      : [
          '  not recognised:',
          ...table(
            missed.map(({ pattern, scope, reason }) => [
              `    ${scope || '(top level)'}`,
              pattern,
              reason,
            ]),
          ),
        ]),
  ];
}
