// The elements of a list in a JSON text as the texts that they are written as.
import { isKey } from './duplicate-key.js';

const TOKEN = /"[^"\\]*(?:\\[^][^"\\]*)*"|[{}[\],]/g;

/**
 * The texts of the elements of the list that `text`, known to be JSON, is; or that its object has
 * under `field`.
 */
export function elementTexts(text: string, field: string | undefined): readonly string[] {
  const texts: string[] = [];
  const listDepth = field === undefined ? 0 : 1;
  let isNext = field === undefined;
  let [depth, begin] = [0, -1];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token.startsWith('"')) {
      if (begin < 0 && isKey(text, index + token.length))
        isNext = (JSON.parse(token) as string) === field;
      continue;
    }
    if (token === '[' && isNext && begin < 0 && depth === listDepth) begin = index + 1;
    if (token === '[' || token === '{') depth++;
    else if (token !== ',') depth--;
    if (begin < 0 || depth > listDepth + 1) continue;
    if (depth === listDepth) return [...texts, text.slice(begin, index).trim()];
    if (token !== ',') continue;
    texts.push(text.slice(begin, index).trim());
    begin = index + 1;
  }
  return texts;
}
