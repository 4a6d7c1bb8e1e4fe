// Compares this package's tokenizers with a file of make_cases.py. Run it as
// `node --import tsx --conditions=@automodel/source tooling/tokenizer-table/compare.mjs FILE`:
// it prints every difference and how many cases were refused, by reason, and ends with exit code 1
// if there was a difference.
import { readFileSync } from 'node:fs';
import { Tokenizer } from '../../packages/data/src/index.js';

const { models, cases } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const refused = new Map();
let compared = 0;
let differences = 0;

function refuse(error) {
  const reason = error.message.replace(/"[^"]*"/g, '"..."').slice(0, 90);
  refused.set(reason, (refused.get(reason) ?? 0) + 1);
}

function tokenizerOf({ vocabulary, options, ...parts }) {
  const definition = { version: '1.0', ...parts, model: { ...models[vocabulary], ...options } };
  return new Tokenizer({ source: 'case', definition, config: {}, chatTemplates: new Map() });
}

for (const [i, { texts, ...made }] of cases.entries()) {
  let tokenizer;
  try {
    tokenizer = tokenizerOf(made);
  } catch (error) {
    refuse(error);
    continue;
  }
  for (const [text, plain, ids, decoded, skipped] of texts) {
    let got;
    try {
      got = [
        tokenizer.encode(text, { addSpecialTokens: false }),
        tokenizer.encode(text),
        tokenizer.decode(ids ?? []),
        tokenizer.decode(ids ?? [], { skipSpecialTokens: true }),
      ];
    } catch (error) {
      refuse(error);
      continue;
    }
    if (plain === null) continue;
    compared++;
    if (JSON.stringify(got) === JSON.stringify([plain, ids, decoded, skipped])) continue;
    differences++;
    const want = [plain, decoded, skipped];
    const shown = { text, want, got: [got[0], got[2], got[3]], ...made };
    if (differences <= 20) console.log(`case ${i}: ${JSON.stringify(shown)}\n`);
  }
}
for (const [reason, count] of refused) console.log(`refused ${count}: ${reason}`);
console.log(`${compared} texts compared, ${differences} differences`);
process.exitCode = differences === 0 ? 0 : 1;
