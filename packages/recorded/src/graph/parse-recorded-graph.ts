// Reads graph.json without losing what JavaScript's JSON.parse loses: whether a number was written
// as an integer or a float (Python's 1 and 1.0 promote differently), and integers beyond 2^53.
// The text may come from anywhere: it is refused before it costs memory or a stack when it is
// larger or deeper than any recording, and everything in it is checked before it is used.
import { AutomodelError } from '@automodel/core';
import { parse } from 'lossless-json';
import { checkRecordedGraph } from './check-recorded-graph.js';
import { RecordedFloat } from './recorded-float.js';
import type { RecordedGraph } from './recorded-graph.js';

/** Maximum number of nodes; unrolled scans reach some ten thousand. */
const MAX_NODES = 100_000;
/** Maximum depth of brackets within brackets; recordings have about six. */
const MAX_DEPTH = 64;

const INTEGER = /^-?\d+$/;

function parseNumber(text: string): number | bigint | RecordedFloat {
  if (!INTEGER.test(text)) return new RecordedFloat(Number(text));
  const value = Number(text);
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : BigInt(text);
}

/**
 * The graph in a file's text. Errors (`bad-graph`, naming `file`, node and module): not JSON,
 * another format, anything of a wrong type or out of range.
 */
export function parseRecordedGraph(text: string, file: string): RecordedGraph {
  refuseExtremes(text, file);
  let graph: unknown;
  try {
    graph = parse(text, undefined, parseNumber);
  } catch (cause) {
    throw new AutomodelError('bad-graph', `not valid JSON: ${(cause as Error).message}`, {
      location: file,
      cause,
    });
  }
  return checkRecordedGraph(graph, file);
}

/** One pass over the characters: nesting outside of texts, and how many nodes there can be. */
function refuseExtremes(text: string, file: string): void {
  let [depth, ops, inText] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inText) {
      if (code === 0x5c)
        i++; // a backslash and what it escapes
      else if (code === 0x22) inText = false;
    } else if (code === 0x22) {
      inText = true;
      if (text.startsWith('"op"', i)) ops++;
    } else if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
    if (depth > MAX_DEPTH)
      throw new AutomodelError(
        'bad-graph',
        `lists and objects are nested more than ${MAX_DEPTH} deep, at character ${i}`,
        { location: file },
      );
  }
  if (ops > MAX_NODES)
    throw new AutomodelError('bad-graph', `the graph has ${ops} nodes, more than ${MAX_NODES}`, {
      location: file,
      hint: 'record fewer rows or columns, so that scans are shorter',
    });
}
