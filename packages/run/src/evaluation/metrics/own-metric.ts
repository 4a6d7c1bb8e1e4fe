// Your own metric: a function from answers to a number, from a module that a recipe names or
// from the calling program.
import { existsSync } from 'node:fs';
import { basename, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AutomodelError } from '@automodel/core';
import type { AnsweredQuestion, Metric, MetricValue } from './metric.js';

/** Scores answers: a number, or a number with others by label. */
export type MetricFunction = (
  answers: readonly AnsweredQuestion[],
) => number | MetricValue | Promise<number | MetricValue>;

/** A function as a metric. Errors, when it is used: `bad-argument` for what is no finite number. */
export const ownMetric = (name: string, score: MetricFunction): Metric => ({
  name,
  score: async (answers) => {
    const result: unknown = await score(answers);
    const given = typeof result === 'number' ? { value: result } : (result as MetricValue | null);
    if (typeof given?.value === 'number' && Number.isFinite(given.value)) return given;
    throw new AutomodelError(
      'bad-argument',
      `the metric ${name} gave ${JSON.stringify(result) ?? 'nothing'} in place of a number`,
      { hint: 'return a finite number, or {value, labels}' },
    );
  },
});

/**
 * The default export of the module at `path`, named as its file is. Runs the code of that file.
 * Errors: `missing-file`; `bad-argument` for a module that cannot be loaded or exports no function.
 */
export async function importMetric(path: string, workingDirectory: string): Promise<Metric> {
  const location = resolve(workingDirectory, path);
  if (!existsSync(location))
    throw new AutomodelError('missing-file', 'there is no metric', {
      location,
      hint: 'check the path, which starts at the working directory',
    });
  const loaded = await import(pathToFileURL(location).href).catch((cause: unknown) => {
    throw new AutomodelError(
      'bad-argument',
      `the metric cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      { location, cause },
    );
  });
  const { default: score } = loaded as { readonly default?: unknown };
  if (typeof score !== 'function')
    throw new AutomodelError('bad-argument', 'the module of a metric exports no function', {
      location,
      hint: 'export default (answers) => a number; each answer has prompt, expected and answer',
    });
  return ownMetric(basename(location, extname(location)), score as MetricFunction);
}
