// What is said below a chat: how each turn of the assistant ends, and what of the chat is not
// written or not trained.
import {
  trainedTokensOf,
  type InspectedChat,
  type InspectedTurn,
  type TallyName,
} from '@automodel/data';

const REMARKS: Partial<Record<TallyName, string>> = {
  withoutReasoning: 'reasoning of some messages is left out by the template',
  withoutCalls: 'some tool calls are left out by the template',
  withoutMarks: 'answers that the template does not mark with {% generation %} are not trained',
  markedInVain: "messages that are not the assistant's are marked as trained, and are not",
  spellsSpecialToken: 'a text of the chat spells a special token, and becomes that token',
};

export const chatSentences = ({ turns, remarks, tokens }: InspectedChat): readonly string[] => [
  ...turns.map((turn) => turnSentence(turn, tokens !== undefined)),
  ...remarks.flatMap((name) => REMARKS[name] ?? []),
];

function turnSentence(
  { message, isTrained, endToken, isEndTrained, stops }: InspectedTurn,
  hasTokenizer: boolean,
): string {
  const who = `message ${message + 1}`;
  if (!isTrained) return `${who} is not trained`;
  if (endToken === undefined)
    return hasTokenizer
      ? `${who} ends without a special token: a model may not learn to stop`
      : `${who} is trained; its end is not known without a tokenizer`;
  const ends = `${who} ends with ${JSON.stringify(endToken)}, which is`;
  const trained = isEndTrained ? 'trained' : 'not trained';
  if (stops === undefined) return `${ends} ${trained}`;
  const generation = stops ? 'and generation stops there' : 'and generation does not stop there';
  return `${ends} ${trained}, ${generation}`;
}

/** Of a chat with ids: how many, and how many are trained. */
export const tokenCounts = ({ tokens }: InspectedChat): string =>
  tokens === undefined
    ? ''
    : `${tokens.inputIds.length} tokens, ${trainedTokensOf(tokens)} trained`;
