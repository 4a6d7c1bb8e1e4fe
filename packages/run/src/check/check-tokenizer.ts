// The tokenizer: it opens, its ids are ones that the model knows, and what it stops with is what
// generation waits for.
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import { note, ok, warning, type Finding } from './finding.js';

/** Errors: those of opening it. */
export async function checkTokenizer(parts: RunContainer): Promise<readonly Finding[]> {
  const [tokenizer, model, folder] = [
    await parts.get(PARTS.tokenizer),
    await parts.get(PARTS.model),
    await parts.get(PARTS.tokenizerFolder),
  ];
  const templates = [...tokenizer.chatTemplates.keys()];
  const findings = [
    ok(
      'tokenizer',
      `${tokenizer.vocabSize} ids, ` +
        `${templates.length === 0 ? 'no chat template' : `chat template${templates.length === 1 ? '' : `s ${templates.join(', ')}`}`} ` +
        `(${folder})`,
    ),
  ];
  if (tokenizer.vocabSize > model.vocabularySize)
    findings.push(
      warning(
        'tokenizer',
        `it has ${tokenizer.vocabSize} ids, the model ${model.vocabularySize}: a row that needs ` +
          'one of the others is refused',
        'Use the tokenizer that belongs to the model.',
      ),
    );
  if (tokenizer.eosTokenId === undefined)
    findings.push(
      warning(
        'tokenizer',
        'no eos_token is named: nothing says that a text is over',
        'Set eos_token in tokenizer_config.json.',
      ),
    );
  if (tokenizer.padTokenId !== undefined && tokenizer.padTokenId === tokenizer.eosTokenId)
    findings.push(
      note(
        'tokenizer',
        'pad_token is eos_token: eos is trained all the same, because rows are never padded',
      ),
    );
  return findings;
}
