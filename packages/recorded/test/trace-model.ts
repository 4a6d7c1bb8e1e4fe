// Traces a recorded model over batch inputs of its own shape, as programs do.
import type { LanguageModel, ParameterScope } from '@automodel/contracts';
import type { Tensor, Trace } from '@automodel/core';

/** Output: logits. */
export function traceModel(t: Trace, model: LanguageModel, scope: ParameterScope): void {
  const { rows = 0, columns = 0 } = model.batch.rectangle ?? {};
  const token = rows * columns;
  const inputs = new Map<string, Tensor>(
    model.batch.columns.map(({ column, dtype }) => [
      column,
      t.input('batch', column, [token], dtype),
    ]),
  );
  const output = model.forward(scope, {
    capacity: { token, document: rows },
    read: (column) => inputs.get(column)!,
  });
  if (!('logits' in output)) throw new Error('a recorded model ends in logits');
  t.output('logits', output.logits);
}
