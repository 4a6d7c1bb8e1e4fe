// What a run does about the tokens at which its result stops: the files that name them, and what it
// says when the model's own settings lack one.
import { generationConfigWith, type HuggingFaceFolder } from '@automodel/checkpoint';
import { stopIdsOf, turnEnds, type Tokenizer } from '@automodel/data';

const namesOf = (tokenizer: Tokenizer, ids: readonly number[]): string =>
  ids.map((id) => JSON.stringify(tokenizer.idToToken(id) ?? String(id))).join(', ');

/** generation_config.json of a result whose turns `tokenizer` writes, where it has to change. */
export const resultStops = (
  folder: HuggingFaceFolder,
  tokenizer: Tokenizer | undefined,
): ReadonlyMap<string, string> =>
  generationConfigWith(folder, stopIdsOf(tokenizer, folder.eosTokenIds));

/** What a run says about them, one sentence each. */
export function stopNotes(folder: HuggingFaceFolder, tokenizer: Tokenizer): readonly string[] {
  const added = stopIdsOf(tokenizer, folder.eosTokenIds).filter(
    (id) => !folder.eosTokenIds.includes(id),
  );
  return added.length === 0 || folder.eosTokenIds.length === 0
    ? []
    : [
        `answers end with ${namesOf(tokenizer, added)}, which the model's settings do not name: ` +
          'generation_config.json of a saved model names it too.',
      ];
}

/** The texts of these tokens. */
export function stopTokensFor(
  tokenizer: Tokenizer,
  configured: readonly number[],
): readonly string[] {
  return stopIdsOf(tokenizer, configured)
    .map((id) => tokenizer.idToToken(id))
    .filter((token) => token !== undefined);
}

/**
 * Tokens that end earlier turns, stand inside turns too and do not stop; empty if there are none.
 */
export const unclearEnds = (tokenizer: Tokenizer, stopIds: readonly number[]): string =>
  namesOf(
    tokenizer,
    turnEnds(tokenizer).unclear.filter((id) => !stopIds.includes(id)),
  );
