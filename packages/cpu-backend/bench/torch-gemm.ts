// PyTorch's side of a benchmark of matrix products: a process that takes one product a line, times
// it and answers, so that both sides take turns.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Product } from './gemm-products.js';

export interface TorchSide {
  /** GFLOP/s. Errors: the process ends before it answers. */
  gflops(product: Product): Promise<number>;
  close(): void;
}

/** Starts it with a Python that has PyTorch. */
export function startTorch(python: string, threads: number): TorchSide {
  const script = fileURLToPath(new URL('gemm_torch.py', import.meta.url));
  const child = spawn(python, [script, String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    gflops: async (product) => {
      child.stdin.write(`${JSON.stringify(product)}\n`);
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${python} ${script} ended early`);
      return (JSON.parse(value) as { readonly gflops: number }).gflops;
    },
    close: () => child.stdin.end(),
  };
}
