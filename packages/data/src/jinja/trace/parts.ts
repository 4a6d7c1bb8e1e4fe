// A text in a trace: constants, and contents of registers, one after the other. Joining and writing
// texts only puts parts together; nothing is done for it when the trace is applied, until someone
// asks something of the whole.
import { addSegment, fill } from '../text/join.js';
import type { Chunk } from '../text/operation.js';
import { segmentsOf, textOf, type Segment, type Str } from '../text/text.js';

export interface RegisterPart {
  readonly register: number;
  /** Origin and mark of characters that have none. */
  readonly filled: Chunk['filled'];
}

export type Part = Segment | RegisterPart;

export const UNFILLED: Chunk['filled'] = { origin: undefined, mark: undefined };

export function isRegister(part: Part): part is RegisterPart {
  return 'register' in part;
}

/** A part as it is written: what it has itself counts more. */
export function fillPart(part: Part, filled: Chunk['filled']): Part {
  if (!isRegister(part)) return fill(part, filled);
  const origin = part.filled.origin ?? filled.origin;
  const mark = part.filled.mark ?? filled.mark;
  return { register: part.register, filled: { origin, mark } };
}

/** The text that parts are; `contents` are those of its registers, in order. */
export function assemble(parts: readonly Part[], contents: readonly Str[]): Str {
  const segments: Segment[] = [];
  let next = 0;
  for (const part of parts) {
    if (!isRegister(part)) addSegment(segments, part);
    else
      for (const segment of segmentsOf(contents[next++] ?? ''))
        addSegment(segments, fill(segment, part.filled));
  }
  return textOf(segments);
}
