// One process of the fuzzer: runs the cases it is told to, and says which one it is at, so that its
// parent can tell a hang.
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { fuzz, caseOf } from './fuzz-target.js';
import { TARGETS } from './targets/index.js';

const [name, seed, from, count, dump] = process.argv.slice(2);
const target = TARGETS.find((one) => one.name === name);
if (target === undefined) throw new Error(`no target ${name ?? ''}`);
if (dump !== undefined) writeFileSync(dump, caseOf(target, Number(seed), Number(from)));

const progress = openSync(process.env['FUZZ_PROGRESS'] ?? '/dev/null', 'w');
const result = await fuzz(target, {
  seed: Number(seed),
  from: Number(from),
  count: Number(count),
  onCase: (index) => void writeSync(progress, String(index).padStart(12), 0),
});
process.send?.({ result, peak: process.resourceUsage().maxRSS / 1024 });
