// The label masks: whether what is trained ends with something that stops generation, starts once, and is in the tokenizer's vocabulary. These mistakes train without complaint and show when the model is used.
import { locationOf, type SampleSet, type Tokenizer } from '@automodel/data';
import { stopIdsFor } from '../evaluation/stop-ids.js';
import type { RunContainer } from '../wiring/run-container.js';
import { PARTS } from '../wiring/tokens.js';
import { failure, ok, warning, type Finding } from './finding.js';

const UNKNOWN_SHARE = 0.01;
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(part === whole ? 0 : 1)} %`;

/** The last trained token of each sample, counted. */
function endings(samples: SampleSet): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { labels } of samples) {
    const last = labels.findLast((label) => label !== -100);
    if (last !== undefined) counts.set(last, (counts.get(last) ?? 0) + 1);
  }
  return counts;
}

function endFinding(tokenizer: Tokenizer, samples: SampleSet, withoutEnd: number, all: number, stopIds: readonly number[], asInNemo: boolean): Finding {
  const hint = asInNemo ? 'These rows end as NeMo ends them; append_eos: true in the dataset section ends them with the eos token.' : 'Let the chat template end a turn with a special token, or end texts with the eos token (append_eos: true).';
  const commonest = [...endings(samples)].sort((a, b) => b[1] - a[1])[0]![0];
  const token = JSON.stringify(tokenizer.idToToken(commonest) ?? String(commonest));
  if (withoutEnd === all) return (asInNemo ? warning : failure)('labels', `no sample trains a token that ends a turn (most end with ${token}): the model would not learn to stop`, hint);
  if (withoutEnd > 0) return warning('labels', `${withoutEnd} of ${all} samples do not train the token that ends a turn`, hint);
  if (!stopIds.includes(commonest)) return warning('labels', `answers end with ${token}, and generation does not stop there: the folder names ${stopIds.map((id) => JSON.stringify(tokenizer.idToToken(id))).join(', ') || 'no token'}`, 'Add its id to eos_token_id in generation_config.json.');
  return ok('labels', `answers end with ${token}, which is trained and stops generation`);
}

function startFinding({ bosTokenId: bos }: Tokenizer, samples: SampleSet): Finding[] {
  const twice = samples.slice().find(({ inputIds }) => bos !== undefined && inputIds[0] === bos && inputIds[1] === bos);
  return twice === undefined ? [] : [failure('labels', 'the row starts with two bos tokens', 'Remove the one in the text: the tokenizer or the chat template writes it.', locationOf(twice.source))];
}

function unknownFinding({ unkTokenId: unknown }: Tokenizer, samples: SampleSet): Finding[] {
  if (unknown === undefined) return [];
  const count = (ids: Int32Array): number => ids.reduce((sum, id) => sum + (id === unknown ? 1 : 0), 0);
  const [found, all] = samples.slice().reduce(([sum, total], { inputIds }) => [sum + count(inputIds), total + inputIds.length], [0, 0]);
  return found <= UNKNOWN_SHARE * all ? [] : [warning('labels', `${percent(found, all)} of the tokens are unknown to the tokenizer`, 'Look at the rows: is it the tokenizer for this language and this model?')];
}

export async function checkLabels(parts: RunContainer): Promise<readonly Finding[]> {
  const [tokenizer, { folder }, { samples, report }] = [await parts.get(PARTS.tokenizer), await parts.get(PARTS.modelFolder), await parts.get(PARTS.trainingData)];
  const { dataset } = parts.get(PARTS.recipe).recipe;
  const asInNemo = (dataset.type === 'mixed' ? dataset.datasets : [dataset]).some(({ type, append_eos: appendEos }) => appendEos === undefined && ['column_mapped', 'squad', 'hellaswag'].includes(type));
  const all = report.mixture?.reduce((sum, share) => sum + share.samples, 0) ?? samples.length; // what is counted in the report is counted before mixing
  return [endFinding(tokenizer, samples, report.withoutEndOfTurn.count, all, stopIdsFor(tokenizer, folder.eosTokenIds), asInNemo), ...startFinding(tokenizer, samples), ...unknownFinding(tokenizer, samples)];
}
