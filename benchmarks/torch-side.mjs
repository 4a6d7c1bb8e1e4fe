// PyTorch's side of a benchmark of kernels: a process that takes one piece of work a line, measures
// it and answers with a line of JSON, so that both sides take turns.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** Starts `script` with a Python that has PyTorch. `measure` fails when the process has ended. */
export function startTorch(python, script, threads) {
  const child = spawn(python, [script, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    measure: async (work) => {
      child.stdin.write(`${JSON.stringify(work)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${python} ${script} ended early`);
      return JSON.parse(value);
    },
    close: () => child.stdin.end(),
  };
}
