/**
 * Writes `data/train.jsonl`, `data/validation.jsonl` and `data/test.jsonl`: chats of one request and one function call.
 * Run: npx tsx examples/quickstart/make-dataset.ts. No request is in two files; three of ten test rows use held-out values.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Random } from './generate/random.js';
import { frameRequest, requestMakers, type RequestExample } from './generate/requests.js';
import { slotValues, type SlotPart } from './generate/slot-values.js';

const seen = new Set<string>();

/** `perFunction` new examples of each function; a request that any file has already, in whatever case, is drawn again. */
function examples(random: Random, perFunction: number, part: (random: Random) => SlotPart): RequestExample[] {
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
  return random.shuffle(rows);
}

const toLine = ({ request, call }: RequestExample): string =>
  JSON.stringify({ messages: [{ role: 'user', content: request }, { role: 'assistant', content: JSON.stringify(call) }] });

const folder = new URL('./data/', import.meta.url);
mkdirSync(folder, { recursive: true });
const write = (file: string, rows: readonly RequestExample[]): void => writeFileSync(new URL(file, folder), `${rows.map(toLine).join('\n')}\n`);

const random = new Random(7);
write('test.jsonl', examples(random, 20, (draw) => (draw.chance(0.3) ? 'heldOut' : 'known')));
write('validation.jsonl', examples(random, 10, () => 'known'));
write('train.jsonl', examples(random, 250, () => 'known'));
process.stderr.write(`data/: ${seen.size} rows\n`);
