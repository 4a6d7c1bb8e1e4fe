// The tokens with which a chat template ends the assistant's turns, and at which generation may
// therefore stop. A token that also stands inside a turn (gpt-oss closes every channel with the one
// that ends earlier turns) ends nothing when it is generated, so it must not stop.
import { AutomodelError } from '@automodel/core';
import type { ChatMessage } from '../templates/chat-message.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { renderAssistantTurns } from './assistant-turns.js';

/** Ids that end turns. */
export interface TurnEnds {
  /** Those that end whole turns and stand nowhere inside one. */
  readonly stops: readonly number[];
  /** Those that also stand inside a turn. */
  readonly unclear: readonly number[];
}

const USER: ChatMessage = { role: 'user', content: 'a question' };
const ANSWER: ChatMessage = { role: 'assistant', content: 'an answer' };
const CALL = { type: 'function', function: { name: 'look_up', arguments: { word: 'one' } } };
const TOOLS = [
  {
    type: 'function',
    function: {
      name: 'look_up',
      description: 'looks a word up',
      parameters: { type: 'object', properties: { word: { type: 'string' } } },
    },
  },
];

interface Probe {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly unknown[];
}

/** Chats in which a turn may hold what a template has marks for. */
const PROBES: readonly Probe[] = [
  { messages: [USER, ANSWER] },
  { messages: [USER, ANSWER, USER, ANSWER] },
  ...['reasoning_content', 'reasoning', 'thinking'].map((key) => ({
    messages: [USER, { ...ANSWER, [key]: 'a thought' }],
  })),
  { messages: [USER, { ...ANSWER, tool_calls: [CALL] }], tools: TOOLS },
  { messages: [USER, { role: 'assistant', content: '', tool_calls: [CALL] }], tools: TOOLS },
];

/** The texts that are trained as turns; none for a chat that the template refuses. */
function turnTexts(tokenizer: Tokenizer, { messages, tools }: Probe): readonly string[] {
  try {
    const { text, turns } = renderAssistantTurns(tokenizer.chatTemplate(tools), messages, {
      tools,
      specialTokens: tokenizer.specialTexts,
      mayLoseParts: true,
      location: tokenizer.source,
    });
    return turns.map(({ spans }) => spans.map(({ start, end }) => text.slice(start, end)).join(''));
  } catch (error) {
    if (error instanceof AutomodelError) return [];
    throw error;
  }
}

/** Special tokens in a text, in order. */
function specialsIn({ specialTexts }: Tokenizer, text: string): readonly string[] {
  const found: string[] = [];
  const longestFirst = [...specialTexts].sort((a, b) => b.length - a.length);
  for (let at = 0; at < text.length;) {
    const special = longestFirst.find((token) => token !== '' && text.startsWith(token, at));
    if (special !== undefined) found.push(special);
    at += special?.length ?? 1;
  }
  return found;
}

const known = new WeakMap<Tokenizer, TurnEnds>();

/** Nothing for a tokenizer without a chat template. */
export function turnEnds(tokenizer: Tokenizer): TurnEnds {
  const found = known.get(tokenizer) ?? findTurnEnds(tokenizer);
  known.set(tokenizer, found);
  return found;
}

function findTurnEnds(tokenizer: Tokenizer): TurnEnds {
  if (!tokenizer.chatTemplates.has('default')) return { stops: [], unclear: [] };
  const [ends, inside] = [new Set<string>(), new Set<string>()];
  for (const text of PROBES.flatMap((probe) => turnTexts(tokenizer, probe))) {
    const specials = specialsIn(tokenizer, text);
    const last = specials.at(-1);
    const endsTurn = last !== undefined && text.endsWith(last);
    if (endsTurn) ends.add(last);
    for (const special of endsTurn ? specials.slice(0, -1) : specials) inside.add(special);
  }
  const idsOf = (texts: readonly string[]): readonly number[] =>
    texts.map((text) => tokenizer.tokenToId(text)).filter((id) => id !== undefined);
  return {
    stops: idsOf([...ends].filter((text) => !inside.has(text))),
    unclear: idsOf([...ends].filter((text) => inside.has(text))),
  };
}

/**
 * Ids at which an answer ends: those that a folder's settings name, the tokenizer's eos, and those
 * that end the template's turns. Each once, configured ones first.
 */
export function stopIdsOf(
  tokenizer: Tokenizer | undefined,
  configured: readonly number[],
): readonly number[] {
  if (tokenizer === undefined) return configured;
  const { eosTokenId: eos } = tokenizer;
  const own = eos === undefined ? [] : [eos];
  return [...new Set([...configured, ...own, ...turnEnds(tokenizer).stops])];
}
