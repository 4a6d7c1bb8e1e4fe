// What is to be said of a rendered chat that is trained on: parts that are not written or not
// trained, texts that become special tokens.
import type { RenderedChat } from '../labels/assistant-turns.js';
import type { ChatRow } from '../rows/parsed-row.js';
import type { TallyName } from './row-tallies.js';

export function chatRemarks(
  row: ChatRow,
  { unmarked, unwritten, spellsToken }: RenderedChat,
): readonly TallyName[] {
  const remarks: TallyName[] = [];
  if (unwritten.reasoning.length > 0) remarks.push('withoutReasoning');
  if (unwritten.calls.length > 0) remarks.push('withoutCalls');
  if (unmarked > 0) remarks.push('withoutMarks');
  if (row.markedInVain !== undefined) remarks.push('markedInVain');
  if (spellsToken) remarks.push('spellsSpecialToken');
  return remarks;
}
