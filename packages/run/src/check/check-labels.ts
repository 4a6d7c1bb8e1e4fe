// The label masks: whether what is trained ends with something that stops generation, starts once,
// and is in the tokenizer's vocabulary. These mistakes train without complaint and show when the
// model is used.
import {
  formatOfType,
  IGNORE_INDEX,
  locationOf,
  stopIdsOf,
  trainedTokensOf,
  type RowSource,
  type SampleSet,
  type Tokenizer,
} from '@automodel/data';
import { unclearEnds } from '../evaluation/stop-ids.js';
import type { OpenedRun } from '../open/opened-run.js';
import { failure, ok, warning, type Finding } from './finding.js';
import { rowFindings } from './check-rows.js';

const UNKNOWN_SHARE = 0.01;
const percent = (part: number, whole: number): string =>
  `${((100 * part) / whole).toFixed(part === whole ? 0 : 1)} %`;

/** What one reading of all samples tells. */
interface LabelFacts {
  /** How often a token is the last trained one of a sample. */
  readonly endings: ReadonlyMap<number, number>;
  /** Samples that train nothing but the token that ends a turn, and the first of them. */
  readonly empty: { readonly count: number; readonly first: RowSource | undefined };
  /** The first sample with two bos tokens at its start. */
  readonly twoStarts: RowSource | undefined;
  readonly unknown: number;
  readonly tokens: number;
}

function factsOf(
  { bosTokenId: bos, unkTokenId: unknown }: Tokenizer,
  samples: SampleSet,
  stopIds: readonly number[],
): LabelFacts {
  const endings = new Map<number, number>();
  let [empty, unknowns, tokens] = [0, 0, 0];
  let [firstEmpty, twoStarts]: (RowSource | undefined)[] = [];
  for (const { inputIds, labels, source } of samples) {
    tokens += inputIds.length;
    for (const id of inputIds) if (id === unknown) unknowns++;
    const last = labels.findLast((label) => label !== IGNORE_INDEX);
    if (last !== undefined) endings.set(last, (endings.get(last) ?? 0) + 1);
    if (bos !== undefined && inputIds[0] === bos && inputIds[1] === bos) twoStarts ??= source;
    if (last === undefined || !stopIds.includes(last) || trainedTokensOf({ labels }) !== 1)
      continue;
    empty++;
    firstEmpty ??= source;
  }
  return {
    endings,
    empty: { count: empty, first: firstEmpty },
    twoStarts,
    unknown: unknowns,
    tokens,
  };
}

function endFinding(
  tokenizer: Tokenizer,
  endings: LabelFacts['endings'],
  withoutEnd: number,
  all: number,
  stopIds: readonly number[],
  asInNemo: boolean,
): Finding {
  const hint = asInNemo
    ? 'these rows end as NeMo ends them; append_eos: true in the dataset section adds ' +
      'the eos token'
    : 'use a chat template that ends a turn with a special token, or add the eos token to texts ' +
      '(append_eos: true)';
  const commonest = [...endings].sort((a, b) => b[1] - a[1])[0]![0];
  const token = JSON.stringify(tokenizer.idToToken(commonest) ?? String(commonest));
  if (withoutEnd === all)
    return (asInNemo ? warning : failure)(
      'labels',
      `no sample trains a token that ends a turn (most end with ${token}): the model would not ` +
        'learn to stop',
      hint,
    );
  if (withoutEnd > 0)
    return warning(
      'labels',
      `${withoutEnd} of ${all} samples do not train the token that ends a turn`,
      hint,
    );
  if (!stopIds.includes(commonest))
    return warning(
      'labels',
      `answers end with ${token}, and generation does not stop there: the folder names ` +
        `${stopIds.map((id) => JSON.stringify(tokenizer.idToToken(id))).join(', ') || 'no token'}`,
      'add its id to eos_token_id in generation_config.json',
    );
  return ok('labels', `answers end with ${token}, which is trained and stops generation`);
}

/** Earlier turns may end with a token that must not stop, because it stands inside turns too. */
function unclearFindings(tokenizer: Tokenizer, stopIds: readonly number[]): readonly Finding[] {
  const names = unclearEnds(tokenizer, stopIds);
  return names === ''
    ? []
    : [
        warning(
          'labels',
          `earlier turns end with ${names}, which does not stop generation, because it also ` +
            'occurs within turns',
          'train only the last turn of a chat (mask_history: true) if answers do not end',
        ),
      ];
}

function otherFindings({ empty, twoStarts, unknown, tokens }: LabelFacts, all: number): Finding[] {
  const findings: Finding[] = [];
  if (empty.first !== undefined)
    findings.push(
      warning(
        'labels',
        `${empty.count} of ${all} samples have an empty answer: they train the model to say ` +
          'nothing',
        'fill in the answers or remove the rows',
        locationOf(empty.first),
      ),
    );
  if (twoStarts !== undefined)
    findings.push(
      failure(
        'labels',
        'the row starts with two bos tokens',
        'remove the one in the text: the tokenizer or the chat template adds it',
        locationOf(twoStarts),
      ),
    );
  if (unknown > UNKNOWN_SHARE * tokens)
    findings.push(
      warning(
        'labels',
        `${percent(unknown, tokens)} of the tokens are unknown to the tokenizer`,
        'look at the rows: is this the tokenizer for this language and this model?',
      ),
    );
  return findings;
}

export async function checkLabels(
  run: Pick<OpenedRun, 'recipe' | 'tokenizer' | 'modelFolder' | 'trainingData'>,
): Promise<readonly Finding[]> {
  const tokenizer = await run.tokenizer();
  const { folder } = await run.modelFolder();
  const { samples, report } = await run.trainingData();
  const { dataset } = run.recipe;
  const asInNemo = (dataset.type === 'mixed' ? dataset.datasets : [dataset]).some(
    ({ type, append_eos: appendEos }) => appendEos === undefined && !formatOfType(type).appendsEos,
  );
  // what is counted in the report is counted before mixing
  const all = report.mixture?.reduce((sum, share) => sum + share.samples, 0) ?? samples.length;
  const stopIds = stopIdsOf(tokenizer, folder.eosTokenIds);
  const facts = factsOf(tokenizer, samples, stopIds);
  return [
    endFinding(tokenizer, facts.endings, report.withoutEndOfTurn.count, all, stopIds, asInNemo),
    ...unclearFindings(tokenizer, stopIds),
    ...otherFindings(facts, samples.length),
    ...rowFindings(report),
  ];
}
