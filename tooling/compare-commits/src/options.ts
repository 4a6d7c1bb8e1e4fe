// What the command line of this tool says. Unknown words are refused.
import { parseArgs } from 'node:util';

export const PARTS = ['numbers', 'plans', 'kernels', 'speed'] as const;
export type Part = (typeof PARTS)[number];

export interface Options {
  readonly base: string;
  readonly head: string;
  readonly parts: ReadonlySet<Part>;
  /** The best instruction set only, with two threads, and no speed. */
  readonly quick: boolean;
}

const isPart = (word: string): word is Part => (PARTS as readonly string[]).includes(word);

/** The options among `words`. Errors: no base, more than two commits, an unknown option or part. */
export function parseOptions(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } },
  });
  const [base, head = 'HEAD', ...more] = positionals;
  if (base === undefined || more.length > 0)
    throw new Error(
      'give one or two commits: compare-commits.mjs BASE [HEAD] [--only PARTS] [--quick]',
    );
  const named =
    values.only?.split(',') ?? PARTS.filter((part) => !values.quick || part !== 'speed');
  const unknown = named.find((word) => !isPart(word));
  if (unknown !== undefined)
    throw new Error(`--only ${unknown}: the parts are ${PARTS.join(', ')}`);
  return { base, head, parts: new Set(named.filter(isPart)), quick: values.quick };
}
