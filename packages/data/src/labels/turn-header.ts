// The header of an assistant's turn: what the template writes before an answer in a chat and in a
// prompt alike, so that a model is given it and does not write it.
import { commonLength } from './text-span.js';
import {
  endOfMessages,
  isContentOf,
  lastOfKeys,
  regionOf,
  type PlacedChat,
  type Region,
} from './placed-pieces.js';

/** How a prompt ends, as seen from its last message. */
export interface PromptEnd {
  /** The last key of the message that wrote something: an empty content writes nothing. */
  readonly lastKey: string | undefined;
  /** What stands behind what keys of the message wrote. */
  readonly afterKeys: string;
  /** What stands behind the loop turn of the message. */
  readonly afterTurn: string;
  /** The loop turn of the message and what stands behind it; undefined where it has none. */
  readonly turn: string | undefined;
  /** What stands behind all messages. */
  readonly afterMessages: string;
}

/** The end of a prompt whose last message is number `message`. */
export function promptEnd(prompt: PlacedChat, message: number): PromptEnd {
  const region = regionOf(prompt, message);
  const last = endOfMessages(prompt);
  const written = lastOfKeys(region, message);
  return {
    lastKey: written?.key,
    afterKeys: prompt.text.slice(written?.end ?? region?.start ?? last),
    afterTurn: prompt.text.slice(region?.end ?? last),
    turn: region?.isLoopTurn === true ? prompt.text.slice(region.start) : undefined,
    afterMessages: prompt.text.slice(last),
  };
}

/**
 * What the prompt writes after the turn of its last message, `message`, which the whole chat has as
 * `turn`. The prompt may stand within the loop turn of that message: it begins where that turn ends
 * in the whole chat.
 */
export function promptAfter(
  prompt: PromptEnd,
  { text }: PlacedChat,
  turn: Region | undefined,
  message: number,
): string {
  // A message that the chat leaves out may have a loop turn that writes the prompt.
  if (turn === undefined && prompt.turn !== undefined) return prompt.turn;
  if (turn?.isLoopTurn !== true) return prompt.afterMessages;
  const tail = text.slice(lastOfKeys(turn, message)?.end ?? turn.start, turn.end);
  return prompt.afterKeys.startsWith(tail) ? prompt.afterKeys.slice(tail.length) : prompt.afterTurn;
}

/**
 * Where the header of a loop turn ends: never within or behind what keys of the message wrote. The
 * first turn may have the beginning of the text (bos) before its header.
 */
export function headerEnd(
  { text }: PlacedChat,
  { start, end, pieces }: Region,
  message: number,
  prompt: string,
): number {
  const content = pieces.find((piece) => isContentOf(piece, message))?.start ?? end;
  const before = text.slice(start, content);
  const begin = message === 0 && prompt !== '' ? Math.max(0, before.lastIndexOf(prompt)) : 0;
  return start + begin + commonLength(before.slice(begin), prompt);
}
