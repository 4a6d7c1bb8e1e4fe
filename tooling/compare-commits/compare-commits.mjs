// Proves that a refactor moved no numbers: builds two commits, runs one list of commands with both
// and compares what they write, byte for byte. What it compares: README.md beside this file.
// Usage: node tooling/compare-commits/compare-commits.mjs BASE [HEAD] [--only PARTS] [--quick]
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./src/main.ts');
process.exitCode = await main(process.argv.slice(2));
