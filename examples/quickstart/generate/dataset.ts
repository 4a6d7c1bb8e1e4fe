/**
 * Draws the instruction data set: chats of one request and one function call, in three files that
 * share no request.
 */
import { Random } from './random.js';
import { frameRequest } from './frame-request.js';
import type { RequestExample } from './request-maker.js';
import { requestMakers } from './requests.js';
import { slotValues, type SlotPart } from './slot-values.js';

/** The contents of the three JSONL files. */
export interface Dataset {
  readonly train: string;
  readonly validation: string;
  readonly test: string;
}

const toLine = ({ request, call }: RequestExample): string =>
  JSON.stringify({
    messages: [
      { role: 'user', content: request },
      { role: 'assistant', content: JSON.stringify(call) },
    ],
  });

/**
 * `perFunction` new examples of each function, shuffled; a request already in `seen`, in whatever
 * case, is drawn again.
 */
function drawFile(
  random: Random,
  seen: Set<string>,
  perFunction: number,
  part: (random: Random) => SlotPart,
): string {
  const rows = Object.values(requestMakers).flatMap((make) => {
    const made: RequestExample[] = [];
    while (made.length < perFunction) {
      const { request, call } = make(random, slotValues(part(random)));
      const framed = frameRequest(random, request);
      if (seen.has(framed.toLowerCase())) continue;
      seen.add(framed.toLowerCase());
      made.push({ request: framed, call });
    }
    return made;
  });
  return `${random.shuffle(rows).map(toLine).join('\n')}\n`;
}

/**
 * The data set of a seed. Three of ten test rows are filled with values that no training or
 * validation row has.
 */
export function makeDataset(seed: number): Dataset {
  const random = new Random(seed);
  const seen = new Set<string>();
  const test = drawFile(random, seen, 20, (draw) => (draw.chance(0.3) ? 'heldOut' : 'known'));
  const validation = drawFile(random, seen, 10, () => 'known');
  const train = drawFile(random, seen, 250, () => 'known');
  return { train, validation, test };
}
