// What target_modules may name: linear modules, the matrices of experts, the embedding and the
// head. Patterns and `all-linear` mean modules of blocks; a table has to be named.
import type { AdapterBase, LinearModule } from '@automodel/contracts';

/** A module that a target may name. */
export interface TargetCandidate extends LinearModule {
  /** The embedding or the head. */
  readonly isTable: boolean;
}

/** In the model's order. */
export function targetCandidates({
  modules,
  embedding,
  head,
}: AdapterBase): readonly TargetCandidate[] {
  const inner = modules.map((module) => ({ ...module, isTable: false }));
  const tables: TargetCandidate[] = [];
  if (embedding !== undefined) {
    const [inFeatures, outFeatures] = embedding.shape;
    const weight = `${embedding.name}.weight`;
    const { name, shape } = embedding;
    tables.push({ name, inFeatures, outFeatures, weight, shape, isTable: true });
  }
  return [...tables, ...inner, ...(head === undefined ? [] : [{ ...head, isTable: true }])];
}
