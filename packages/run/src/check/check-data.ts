// Checks the data sets: every row is read, recognised, tokenised and accounted for; validation rows
// that are also training rows are counted.
import { createHash } from 'node:crypto';
import type { BatchLoader, Dataset, MixtureShare, Sample, StreamingLoader } from '@automodel/data';
import type { ResolvedDataset } from '@automodel/recipe';
import { allSets } from '../open/all-sets.js';
import type { OpenedRun } from '../open/opened-run.js';
import { changedRows } from './changed-rows.js';
import { note, ok, warning, type Finding } from './finding.js';

const count = (value: number): string => value.toLocaleString('en');

function lengthsOf({ samples }: Dataset): string {
  const lengths = samples.lengths.slice().sort();
  const at = (share: number): number =>
    lengths[Math.min(lengths.length - 1, Math.floor(share * lengths.length))]!;
  return (
    `tokens per row: shortest ${at(0)}, median ${at(0.5)}, 95 % up to ${at(0.95)}, longest ` +
    `${at(1)}`
  );
}

function findingsOf(name: string, dataset: Dataset, section: ResolvedDataset): Finding[] {
  const { rows, samples, tokens, trainedTokens, mixture = [], notes } = dataset.report;
  return [
    ok(
      'data',
      `${name}: ${count(rows)} rows, ${count(samples)} samples, ${count(tokens)} tokens, ` +
        `${count(trainedTokens)} of them trained (${((100 * trainedTokens) / tokens).toFixed(1)} ` +
        '%)',
    ),
    ok('data', `${name}: ${lengthsOf(dataset)}`),
    ...mixture.map((share) => ok('data', `${name}: ${sentenceOfShare(share, samples)}`)),
    ...notes.map((text) => note('data', `${name}: ${text}`)),
    ...changedRows(dataset.report, section).map(({ what, hint }) =>
      warning('data', `${name}: ${what}`, hint),
    ),
  ];
}

/** What a mixture takes from one of its data sets. */
function sentenceOfShare(
  { file, rows, samples, taken, repeated }: MixtureShare,
  all: number,
): string {
  return (
    `${count(taken)} samples of an epoch (${((100 * taken) / all).toFixed(1)} %) come from the ` +
    `${count(samples)} of ${file} (${count(rows)} ` +
    `rows)${repeated === 0 ? '' : `, ${count(repeated)} of them repeated`}`
  );
}

const keyOf = ({ inputIds }: Sample): string =>
  createHash('sha1').update(inputIds).digest('base64');

/** Number of rows of `other` that are in `keys`. */
const shared = (keys: ReadonlySet<string>, other: Dataset): number =>
  Array.from(other.samples, (sample) => (keys.has(keyOf(sample)) ? 1 : 0)).reduce<number>(
    (sum, one) => sum + one,
    0,
  );

/** Errors: those of reading and tokenising, and of cutting the rows into batches. */
export async function checkData(
  run: Pick<
    OpenedRun,
    'recipe' | 'collectWrongRows' | 'trainingData' | 'validationData' | 'trainingLoader'
  >,
): Promise<readonly Finding[]> {
  run.collectWrongRows();
  await allSets<unknown>([run.trainingData, run.validationData]);
  const training = await run.trainingData();
  const validation = await run.validationData();
  const loader = await run.trainingLoader();
  const { dataset: section, validation_datasets: sections } = run.recipe;
  const findings = findingsOf('train', training, section);
  const keys = new Set(Array.from(training.samples, keyOf));
  const repeated =
    training.samples.length -
    keys.size -
    (training.report.mixture ?? []).reduce((sum, share) => sum + share.repeated, 0);
  const unit = training.samples.length === training.report.rows ? 'rows' : 'samples';
  if (repeated > 0)
    findings.push(
      warning(
        'data',
        `train: ${count(repeated)} of ${count(training.samples.length)} ${unit} are duplicates`,
        'remove them unless you want them to count more',
      ),
    );
  for (const [name, dataset] of validation) {
    const shown = name === 'default' ? 'validation' : `validation ${name}`;
    findings.push(...findingsOf(shown, dataset, sections[name] ?? section));
    const both = shared(keys, dataset);
    if (both > 0)
      findings.push(
        warning(
          'data',
          `${count(both)} of ${count(dataset.samples.length)} validation samples are also in the ` +
            'training set: the validation loss will look better than it is',
          'remove them from one of the two',
        ),
      );
  }
  return [
    ...findings,
    ...batchFindings(loader, training, run.recipe.packed_sequence.packing_strategy),
  ];
}

/** Below this share of used places, tighter packing is worth a hint. */
const LOOSE = 0.9;

function batchFindings(
  loader: BatchLoader | StreamingLoader,
  training: Dataset,
  strategy: string | undefined,
): Finding[] {
  const { token, document } = loader.capacity;
  const micro =
    `each micro-batch: up to ${count(document)} row${document === 1 ? '' : 's'}, ` +
    `${count(token)} tokens including padding`;
  if ('close' in loader)
    return [
      ok(
        'data',
        `the data is streamed, so only its first ${count(training.report.rows)} rows were looked ` +
          `at; ${micro}`,
      ),
    ];
  const { packingEfficiency: efficiency, items, batchesPerEpoch, dropped } = loader;
  const epoch = ok(
    'data',
    `an epoch is ${count(batchesPerEpoch)} steps over ${count(items)} ` +
      `${efficiency === undefined ? 'samples' : 'packs'}; ${micro}`,
  );
  if (efficiency === undefined) return [epoch];
  const sentence = `packs are ${(100 * efficiency).toFixed(1)} % full`;
  return [
    epoch,
    efficiency < LOOSE && strategy !== 'neat'
      ? warning(
          'data',
          sentence,
          'packed_sequence.packing_strategy: neat fills packs as tightly as possible',
        )
      : ok('data', sentence),
    ...(dropped.length === 0
      ? []
      : [
          warning(
            'data',
            `${count(dropped.length)} samples are longer than a pack and are left out`,
            'raise packed_sequence.packed_sequence_size, or leave it if you can do without them',
          ),
        ]),
  ];
}
