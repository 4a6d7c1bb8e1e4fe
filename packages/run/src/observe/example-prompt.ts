// A prompt to try a model with, taken from the data it was trained on: the first short question, or
// the first words of a text.
import { parseRow, readRows, type Tokenizer } from '@automodel/data';
import type { ResolvedDataset } from '@automodel/recipe';
import { formatOf, openSection } from '../open/open-section.js';
import { questionOf } from '../evaluation/reference-answer.js';

/** What to say to the model; `raw`: the beginning of a text, to be continued as it is. */
export interface ExamplePrompt {
  readonly prompt: string;
  readonly raw: boolean;
}

/** Where the data gives none. */
export const GREETING: ExamplePrompt = { prompt: 'Hello', raw: false };

/** Rows among which a short question is looked for. */
const ROWS = 50;
const SHORT = 100;
const WORDS_OF_TEXT = 6;

/**
 * Undefined where the data has no question, or cannot be read any more: this is a courtesy, and
 * never fails.
 */
export async function examplePrompt(
  section: ResolvedDataset,
  tokenizer: Tokenizer,
  workingDirectory: string,
): Promise<ExamplePrompt | undefined> {
  const [set] = section.type === 'mixed' ? section.datasets : [section];
  if (set === undefined) return undefined;
  try {
    const [file] = await openSection(set, { workingDirectory });
    if (file === undefined) return undefined;
    const format = formatOf(set);
    let [count, longer] = [0, undefined as ExamplePrompt | undefined];
    for await (const { value, source } of readRows(file)) {
      const row = parseRow(value, source, format);
      if (row.kind === 'text') return beginningOf(row.text);
      const prompt = questionOf(tokenizer, row, set.use_hf_chat_template)?.prompt.trim() ?? '';
      if (isShort(prompt)) return { prompt, raw: false };
      longer ??= cut(prompt);
      if (++count >= ROWS) break;
    }
    return longer;
  } catch {
    return undefined;
  }
}

const isShort = (text: string): boolean =>
  text !== '' && text.length <= SHORT && !text.includes('\n');

function beginningOf(text: string): ExamplePrompt | undefined {
  const words = text.trim().split(/\s+/).slice(0, WORDS_OF_TEXT).join(' ').slice(0, SHORT);
  return words === '' ? undefined : { prompt: words, raw: true };
}

/** The first line, up to a whole word. */
function cut(prompt: string): ExamplePrompt | undefined {
  const [line = ''] = prompt.split('\n');
  const short = line.length <= SHORT ? line : line.slice(0, SHORT).replace(/\s+\S*$/, '');
  return short === '' ? undefined : { prompt: short, raw: false };
}
