// The tokens at which generation stops, as a saved folder names them: generation_config.json takes
// the place of config.json, so that it names all of them where one is missing.
import { editJson } from '../json/edit-json.js';
import type { HuggingFaceFolder } from './hugging-face-folder.js';

const NAME = 'generation_config.json';

/**
 * The file to write, by its name, so that a copy of `folder` stops at all of `stops`; nothing if it
 * does. `itself`: config.json does not count, because a reader looks at this file alone.
 */
export function generationConfigWith(
  { generationConfigFile: file, generationConfig, eosTokenIds }: HuggingFaceFolder,
  stops: readonly number[],
  { itself = false }: { readonly itself?: boolean } = {},
): ReadonlyMap<string, string> {
  const written = generationConfig['eos_token_id'];
  const own = Array.isArray(written) ? written : [written];
  const named = new Set<unknown>(itself ? own : eosTokenIds);
  const isComplete = stops.every((id) => named.has(id)) && (!itself || file !== undefined);
  if (stops.length === 0 || isComplete) return new Map();
  const [only, ...others] = stops;
  const change = { eos_token_id: others.length === 0 && only !== undefined ? only : [...stops] };
  const text =
    file === undefined ? `${JSON.stringify(change, null, 2)}\n` : editJson(file.text, change);
  return new Map([[NAME, text]]);
}
