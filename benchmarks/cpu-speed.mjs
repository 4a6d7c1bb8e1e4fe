// Training on this CPU beside PyTorch, row by row: both sides in turn, medians of the pairs' ratios
// against the floors of this class of machine, memory within the budgets that the floors allow.
// Prints Markdown for benchmarks/results; exit code 1 when a floor is missed. Rows and floors:
// tooling/cpu-speed/src/rows.ts. Needs a Python with peers/requirements.txt, and g++ for PyTorch's
// compiler; a developer's tool, never part of the tests.
// Usage, after `npm run build`: node benchmarks/cpu-speed.mjs PYTHON [--rows NAME,NAME]
//   [--pairs 5] [--compiled 1] [--steps 5] [--threads N] [--folder DIR] [--source]
// --compiled 0 leaves PyTorch's compiler out, --source takes the command line from source, --folder
// says where models are kept from one call to the next.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../tooling/cpu-speed/src/main.ts');
process.exitCode = await main(process.argv.slice(2));
