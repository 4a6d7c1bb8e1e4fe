// Checks the data sets: every row is read, recognised, tokenised and accounted for; validation rows
// that are also training rows are counted.
import { createHash } from 'node:crypto';
import type { BatchLoader, Dataset, MixtureShare, Sample, StreamingLoader } from '@automodel/data';
import { allSets } from '../open/all-sets.js';
import type { OpenedRun } from '../open/opened-run.js';
import { ok, warning, type Finding } from './finding.js';

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

function findingsOf(name: string, dataset: Dataset): Finding[] {
  const {
    rows,
    samples,
    tokens,
    trainedTokens,
    truncated,
    split,
    dropped,
    mixture = [],
  } = dataset.report;
  const lost = [
    [truncated, 'truncated'] as const,
    [split, 'split'] as const,
    [dropped, 'dropped'] as const,
  ].flatMap(([list, what]) => (list.count > 0 ? [`${count(list.count)} ${what}`] : []));
  return [
    ok(
      'data',
      `${name}: ${count(rows)} rows, ${count(samples)} samples, ${count(tokens)} tokens, ` +
        `${count(trainedTokens)} of them trained (${((100 * trainedTokens) / tokens).toFixed(1)} ` +
        '%)',
    ),
    ok('data', `${name}: ${lengthsOf(dataset)}`),
    ...mixture.map((share) => ok('data', `${name}: ${sentenceOfShare(share, samples)}`)),
    ...(lost.length === 0
      ? []
      : [
          warning(
            'data',
            `${name}: ${lost.join(' and ')}, because they are longer than the recipe allows or ` +
              'hold nothing to train',
            'raise seq_length, or leave it if losing them is intended',
          ),
        ]),
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
  const findings = findingsOf('train', training);
  const keys = new Set(Array.from(training.samples, keyOf));
  const repeated =
    training.samples.length -
    keys.size -
    (training.report.mixture ?? []).reduce((sum, share) => sum + share.repeated, 0);
  if (repeated > 0)
    findings.push(
      warning(
        'data',
        `train: ${count(repeated)} of ${count(training.samples.length)} samples are repetitions ` +
          'of others',
        'remove them unless they are intended',
      ),
    );
  for (const [name, dataset] of validation) {
    findings.push(...findingsOf(name === 'default' ? 'validation' : `validation ${name}`, dataset));
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
  const micro = `a micro-batch holds ${count(token)} tokens of up to ${document} documents`;
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
  const sentence = `${(100 * efficiency).toFixed(1)} % of the places in packs hold tokens`;
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
            `${count(dropped.length)} samples are left out because they are longer than a pack`,
            'raise packed_sequence.packed_sequence_size, or leave it if losing them is intended',
          ),
        ]),
  ];
}
