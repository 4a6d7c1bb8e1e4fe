// The committed list of mutations: one JSON file per area, each entry a single change of one file
// that tests should notice. Reading refuses an entry that no longer fits the sources, so that the
// list cannot rot.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';

const entry = z.strictObject({
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  file: z.string().min(1),
  what: z.string().min(1),
  find: z.string().min(1),
  replace: z.string(),
  tests: z.array(z.string().min(1)).min(1),
  instructionSet: z.enum(['avx512-bf16', 'avx512', 'avx2', 'neon', 'baseline']).optional(),
  reason: z.string().min(1).optional(),
});

/** One mutation. README.md of this folder says what each field means. */
export interface Mutation extends z.infer<typeof entry> {
  /** Name of the file that lists it, without `.json`. */
  readonly area: string;
}

/**
 * The mutations below `folder` (`<area>.json` each), by area, in the order of their files. Errors:
 * a file or entry of another form, two entries of one id.
 */
export function readMutations(folder: string): readonly Mutation[] {
  const mutations = readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => readArea(folder, name));
  const seen = new Map<string, string>();
  for (const { id, area } of mutations) {
    const other = seen.get(id);
    if (other !== undefined) throw new Error(`mutation ${id} is in ${other}.json and ${area}.json`);
    seen.set(id, area);
  }
  return mutations;
}

function readArea(folder: string, name: string): readonly Mutation[] {
  const path = join(folder, name);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new Error(`${path}: not JSON: ${String(cause)}`, { cause });
  }
  const parsed = z.array(entry).safeParse(json);
  if (!parsed.success) throw new Error(`${path}: ${z.prettifyError(parsed.error)}`);
  return parsed.data.map((fields) => ({ ...fields, area: basename(name, '.json') }));
}

/**
 * What keeps an entry from being applied to the sources in `root`, where `testFiles` are the test
 * files: undefined when it applies.
 */
export function complaint(
  root: string,
  { file, find, replace, tests }: Mutation,
  testFiles: readonly string[],
): string | undefined {
  if (!existsSync(join(root, file))) return `${file} does not exist`;
  const count = readFileSync(join(root, file), 'utf8').split(find).length - 1;
  if (count !== 1) return `${file} has ${count} places that read ${JSON.stringify(find)}, not one`;
  if (find === replace) return 'the replacement changes nothing';
  const idle = tests.find((filter) => !testFiles.some((path) => path.includes(filter)));
  return idle === undefined ? undefined : `no test file matches ${JSON.stringify(idle)}`;
}

/** The text of the mutated file. The entry must apply. */
export function mutatedText(root: string, { file, find, replace }: Mutation): string {
  const [before = '', after = ''] = readFileSync(join(root, file), 'utf8').split(find);
  return before + replace + after;
}
