// Several processes that write together, simulated in one: their texts meet in memory.
import type { TensorSource, WritingGroup } from '../../src/index.js';

export function writers(size: number): readonly WritingGroup[] {
  const queues = Array.from({ length: size }, () => [] as Waiting[]);
  return queues.map((queue, rank) => ({
    rank,
    size,
    exchange: (text) =>
      new Promise<readonly string[]>((resolve) => {
        queue.push({ text, resolve });
        if (!queues.every(({ length }) => length > 0)) return;
        const calls = queues.map((calls) => calls.shift()!);
        for (const call of calls) call.resolve(calls.map((one) => one.text));
      }),
  }));
}

interface Waiting {
  readonly text: string;
  readonly resolve: (texts: readonly string[]) => void;
}

/** What the process of this rank gives of a tensor whose elements are dealt out in small runs. */
export function partOf(
  source: TensorSource,
  { rank, size }: WritingGroup,
  runLength = 2,
): TensorSource {
  const elements = source.shape.reduce((product, length) => product * length, 1);
  const runs = Array.from({ length: Math.ceil(elements / runLength) }, (_, i) => ({
    start: i * runLength,
    count: Math.min(runLength, elements - i * runLength),
  })).filter((_, i) => i % size === rank);
  return {
    ...source,
    runs,
    chunks: async function* () {
      const parts: Uint8Array[] = [];
      for await (const chunk of source.chunks()) parts.push(chunk);
      const whole = Buffer.concat(parts);
      const elementBytes = whole.length / elements;
      const own = Buffer.concat(
        runs.map(({ start, count }) =>
          whole.subarray(start * elementBytes, (start + count) * elementBytes),
        ),
      );
      // chunks that end inside elements and runs
      for (let at = 0; at < own.length; at += 5) yield own.subarray(at, at + 5);
    },
  };
}
