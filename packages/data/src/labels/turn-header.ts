// The header of an assistant's turn: what the template writes before an answer in a chat and in a
// prompt alike, so that a model is given it and does not write it.
import { commonLength } from './text-span.js';
import { endOfKeys, isContentOf, regionOf, type PlacedChat, type Region } from './placed-pieces.js';

/**
 * What the prompt writes after the turn of its last message, `message`. The prompt may stand within
 * the loop turn of that message: it begins where that turn ends in the `whole` chat.
 */
export function promptAfter(prompt: PlacedChat, whole: PlacedChat, message: number): string {
  const turn = regionOf(whole, message);
  const prompted = regionOf(prompt, message);
  // A message that the chat leaves out may have a loop turn that writes the prompt.
  if (turn === undefined && prompted?.isLoopTurn === true) return prompt.text.slice(prompted.start);
  if (turn?.isLoopTurn !== true) return prompt.text.slice(lastOfMessages(prompt));
  const tail = whole.text.slice(endOfKeys(whole, message) ?? turn.start, turn.end);
  const written = prompt.text.slice(endOfKeys(prompt, message) ?? prompted?.start);
  return written.startsWith(tail)
    ? written.slice(tail.length)
    : prompt.text.slice(prompted?.end ?? lastOfMessages(prompt));
}

/** Where the last piece of any message ends. */
function lastOfMessages({ pieces }: PlacedChat): number {
  return pieces.findLast(({ message }) => message !== undefined)?.end ?? 0;
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
