// Which ids end an answer of a folder's model: those its settings name, the tokenizer's eos, and
// the token with which the chat template ends the assistant's turn. vLLM reads them from
// generation_config.json only.
import type { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Tokenizer } from '@automodel/data';

const ANSWER = 'an answer';

/** Each once, configured ones first. */
export function stopIds(
  folder: HuggingFaceFolder,
  tokenizer: Tokenizer | undefined,
): readonly number[] {
  const own = tokenizer === undefined ? [] : [tokenizer.eosTokenId, turnEnd(tokenizer)];
  return [...new Set([...folder.eosTokenIds, ...own.filter((id) => id !== undefined)])];
}

/**
 * The special token that follows the assistant's words, with at most white space in between;
 * undefined where a template has none, or refuses such a chat.
 */
function turnEnd(tokenizer: Tokenizer): number | undefined {
  if (!tokenizer.chatTemplates.has('default')) return undefined;
  let text: string;
  try {
    text = tokenizer.applyChatTemplate([
      { role: 'user', content: 'a question' },
      { role: 'assistant', content: ANSWER },
    ]);
  } catch {
    return undefined;
  }
  const rest = text.slice(text.lastIndexOf(ANSWER) + ANSWER.length).trimStart();
  const found = tokenizer.specialTexts
    .filter((special) => rest.startsWith(special))
    .sort((a, b) => b.length - a.length)[0];
  return found === undefined ? undefined : tokenizer.tokenToId(found);
}
