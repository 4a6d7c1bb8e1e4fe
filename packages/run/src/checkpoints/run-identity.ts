// What a resumed run must have in common with the run that saved the checkpoint: model, data and
// every setting that changes numbers. It is a flat list of names and values, so that a difference
// can be shown.
import { createHash } from 'node:crypto';
import { fingerprintFolder } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { StreamingLoader } from '@automodel/data';
import { addedTokensOf } from '../open/extended-tokenizer.js';
import { quantizedFormat } from '@automodel/recipe';
import type { OpenedRun } from '../open/opened-run.js';
import { lengthIdentity } from './schedule-length.js';

/** Values by dotted name. */
export type RunIdentity = Readonly<Record<string, string | number | boolean | null>>;

/** Maximum number of differences that an error shows. */
const SHOWN = 4;

type DataOfRun = Pick<OpenedRun, 'trainingData' | 'trainingLoader'>;
type IdentityOf = DataOfRun &
  Pick<OpenedRun, 'recipe' | 'fuse' | 'loss' | 'modelFolder' | 'adapter' | 'precision'>;

export async function runIdentity(run: IdentityOf): Promise<RunIdentity> {
  const { recipe } = run;
  const { folder, fromScratch } = await run.modelFolder();
  const { global_batch_size, local_batch_size } = recipe.step_scheduler;
  const own = await run.adapter();
  return {
    model: fromScratch
      ? `${folder.modelType} from scratch, ` +
        `${createHash('sha256').update(folder.configFile.bytes).digest('hex').slice(0, 16)}`
      : await fingerprintFolder(folder),
    seed: recipe.seed,
    precision: await run.precision(),
    ...flatValues('step_scheduler', { global_batch_size, local_batch_size }),
    ...flatValues('optimizer', recipe.optimizer),
    ...flatValues('lr_scheduler', recipe.lr_scheduler),
    ...lengthIdentity(recipe, (await run.trainingLoader()).batchesPerEpoch),
    ...flatValues('clip_grad_norm', recipe.clip_grad_norm),
    ...flatValues('packed_sequence', recipe.packed_sequence),
    'dataloader.shuffle': recipe.dataloader.shuffle,
    ...(run.loss === undefined ? {} : { loss: 'custom' }),
    ...flatValues('tokenizer', addedTokensOf(recipe)),
    ...flatValues('adapter', own?.adapter.config('') ?? null),
    ...(recipe.peft?.dropout_position === 'pre' ? { 'peft.dropout_position': 'pre' } : {}),
    ...flatValues('quantization', quantizedFormat(recipe.quantization)),
    ...(run.fuse ? {} : { fusion: false }),
    ...(await streamedData(run)),
  };
}

/**
 * Identifies streamed data by its files and its first samples, which also show another tokenizer or
 * chat template. The loader's state identifies data that is loaded whole.
 */
async function streamedData({ trainingLoader, trainingData }: DataOfRun): Promise<RunIdentity> {
  const loader = await trainingLoader();
  if (!(loader instanceof StreamingLoader)) return {};
  return {
    'dataset.files': await loader.fingerprint(),
    'dataset.samples': (await trainingData()).samples.fingerprint.slice(0, 16),
  };
}

/** Errors: `conflict` naming what differs, `then` and `now`. */
export function checkIdentity(
  then: Readonly<Record<string, unknown>>,
  now: RunIdentity,
  path: string,
): void {
  const names = [...new Set([...Object.keys(then), ...Object.keys(now)])].filter(
    (name) => JSON.stringify(then[name] ?? null) !== JSON.stringify(now[name] ?? null),
  );
  if (names.length === 0) return;
  const shown = names
    .slice(0, SHOWN)
    .map(
      (name) =>
        `${name} was ${JSON.stringify(then[name] ?? null)} and is ` +
        `${JSON.stringify(now[name] ?? null)}`,
    );
  throw new AutomodelError(
    'conflict',
    'the run cannot go on from this checkpoint: ' +
      `${shown.join('; ')}${names.length > SHOWN ? `; and ${names.length - SHOWN} more` : ''}`,
    {
      location: path,
      hint:
        'resume with the settings of the run that saved it, or start a new run from its ' +
        'weights',
    },
  );
}

/** The values within `value`, by their dotted names below `prefix`. */
export function flatValues(
  prefix: string,
  value: unknown,
): Record<string, string | number | boolean | null> {
  if (value === undefined) return {};
  if (value === null || typeof value !== 'object')
    return { [prefix]: value as string | number | boolean | null };
  if (Array.isArray(value)) return { [prefix]: JSON.stringify(value) };
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) =>
      flatValues(prefix === '' ? key : `${prefix}.${key}`, inner),
    ),
  ) as Record<string, string | number | boolean | null>;
}
