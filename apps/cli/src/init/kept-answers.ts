// The answers that were given to `init` and not used yet, because it was stopped or failed: they
// are kept in the cache, one file for each recipe, and offered the next time. A cache that cannot
// be written keeps nothing, and is no error.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { METHODS, type ColumnPair, type Method } from '@automodel/run';

/** What can be asked. */
export interface Answers {
  readonly model?: string;
  readonly data?: string;
  readonly columns?: ColumnPair;
  readonly method?: Method;
  readonly epochs?: number;
  readonly output?: string;
}

export class KeptAnswers {
  readonly #path: string;
  #answers: Answers;

  private constructor(path: string, answers: Answers) {
    this.#path = path;
    this.#answers = answers;
  }

  /** Those for the recipe at `file`. */
  static async open(cacheDirectory: string, file: string): Promise<KeptAnswers> {
    const name = createHash('sha256').update(file).digest('hex').slice(0, 16);
    const path = join(cacheDirectory, 'init', `${name}.json`);
    const text = await readFile(path, 'utf8').catch(() => '{}');
    return new KeptAnswers(path, answersIn(text));
  }

  /** The answers, earlier ones too. */
  get answers(): Answers {
    return this.#answers;
  }

  get isEmpty(): boolean {
    return Object.keys(this.#answers).length === 0;
  }

  /** Keeps an answer at once. */
  async keep(answer: Answers): Promise<void> {
    this.#answers = { ...this.#answers, ...answer };
    const beside = `${this.#path}.new`;
    try {
      await mkdir(dirname(this.#path), { recursive: true });
      await writeFile(beside, JSON.stringify(this.#answers));
      await rename(beside, this.#path);
    } catch {
      // the answers are still here as long as the command runs
    }
  }

  /** They were used. */
  async forget(): Promise<void> {
    this.#answers = {};
    await rm(this.#path, { force: true }).catch(() => undefined);
  }
}

/** What of a kept file can be used. */
function answersIn(text: string): Answers {
  const { model, data, columns, method, epochs, output } = parsed(text);
  const { prompt, completion } = (columns ?? {}) as Partial<ColumnPair>;
  const textOf = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  const entries = {
    model: textOf(model),
    data: textOf(data),
    columns:
      textOf(prompt) === undefined || textOf(completion) === undefined
        ? undefined
        : { prompt, completion },
    method: typeof method === 'string' && Object.hasOwn(METHODS, method) ? method : undefined,
    epochs: Number.isSafeInteger(epochs) && Number(epochs) > 0 ? epochs : undefined,
    output: textOf(output),
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
