// Checks the model: its folder opens, a plugin builds it, and every tensor that it reads is in the
// files with the shape that config.json asks for. Only headers are read.
import { sizeOf } from '@automodel/core';
import { matchWeights, parameterRecords } from '@automodel/session';
import type { OpenedRun } from '../open/opened-run.js';
import { note, ok, type Finding } from './finding.js';

export type ModelOfRun = Pick<
  OpenedRun,
  'modelFolder' | 'model' | 'tensors' | 'adapter' | 'precision'
>;

/** Errors: those of opening a folder and a plugin, and of `matchWeights`; those of the adapter. */
export async function checkModel(run: ModelOfRun): Promise<readonly Finding[]> {
  const { folder, fromScratch } = await run.modelFolder();
  const model = await run.model();
  const records = parameterRecords(model);
  const parameters = records.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const notes = fromScratch
    ? ['weights start at random']
    : (await matchWeights(model, records, await run.tensors(), folder.path)).notes;
  const own = await run.adapter();
  const precision = await run.precision();
  return [
    ok(
      'model',
      `${model.modelType} of ${parameters.toLocaleString('en')} parameters in ${records.length} ` +
        `tensors, ${precision} (${folder.path})`,
    ),
    ...(own === undefined
      ? []
      : [
          ok(
            'model',
            `${own.adapter.name} on ${own.adapter.modules.length} modules: ` +
              `${shown(own.adapter.modules.map(({ name }) => name))}`,
          ),
        ]),
    ...notes.map((text) => note('model', text)),
  ];
}

const SHOWN = 4;
const shown = (names: readonly string[]): string =>
  names.slice(0, SHOWN).join(', ') +
  (names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '');
