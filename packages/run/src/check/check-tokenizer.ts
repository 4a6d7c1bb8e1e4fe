// Checks the tokenizer: it opens, the model knows its ids, and it names the token that ends a text.
import type { OpenedRun } from '../open/opened-run.js';
import type { Tokenizer } from '@automodel/data';
import { note, ok, warning, type Finding } from './finding.js';

/** Errors: those of opening it. */
export async function checkTokenizer(
  run: Pick<OpenedRun, 'tokenizer' | 'model' | 'tokenizerFolder'>,
): Promise<readonly Finding[]> {
  const tokenizer = await run.tokenizer();
  const model = await run.model();
  const folder = await run.tokenizerFolder();
  const findings = [
    ok('tokenizer', `${tokenizer.vocabSize} ids, ${templatesOf(tokenizer)} (${folder})`),
  ];
  if (tokenizer.vocabSize > model.vocabularySize)
    findings.push(
      warning(
        'tokenizer',
        `it has ${tokenizer.vocabSize} ids, the model only ${model.vocabularySize}: a row with a ` +
          'higher id is refused',
        'use the tokenizer that belongs to the model',
      ),
    );
  if (tokenizer.eosTokenId === undefined)
    findings.push(
      warning(
        'tokenizer',
        'it names no eos_token, so nothing marks the end of a text',
        'set eos_token in tokenizer_config.json',
      ),
    );
  if (tokenizer.padTokenId !== undefined && tokenizer.padTokenId === tokenizer.eosTokenId)
    findings.push(
      note(
        'tokenizer',
        'pad_token is eos_token; eos is trained anyway, because rows are never padded',
      ),
    );
  return findings;
}

function templatesOf({ chatTemplates }: Pick<Tokenizer, 'chatTemplates'>): string {
  if (chatTemplates.size === 0) return 'no chat template';
  if (chatTemplates.size === 1) return 'chat template';
  return `chat templates ${[...chatTemplates.keys()].join(', ')}`;
}
