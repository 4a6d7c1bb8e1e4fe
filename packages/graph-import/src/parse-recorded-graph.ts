// Reads graph.json without losing what JavaScript's JSON.parse loses: whether a number was written as an integer or a float (Python's 1 and 1.0 promote differently), and integers beyond 2^53.
import { AutomodelError } from '@automodel/core';
import { parse } from 'lossless-json';
import type { RecordedGraph } from './recorded-graph.js';

/** A number that was written with a point, an exponent, or as "Infinity", "-Infinity" or "NaN". */
export class RecordedFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

const INTEGER = /^-?\d+$/;

function parseNumber(text: string): number | bigint | RecordedFloat {
  if (!INTEGER.test(text)) return new RecordedFloat(Number(text));
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** The graph in a file's text. Errors: not JSON, another format; `file` is named. */
export function parseRecordedGraph(text: string, file: string): RecordedGraph {
  let graph: unknown;
  try {
    graph = parse(text, undefined, parseNumber);
  } catch (cause) {
    throw new AutomodelError('bad-graph', `not valid JSON: ${(cause as Error).message}`, { location: file, cause });
  }
  if (typeof graph !== 'object' || graph === null || (graph as { format?: unknown }).format !== 'recorded-graph/0')
    throw new AutomodelError('bad-graph', 'the format must be "recorded-graph/0"', { location: file });
  if (!Array.isArray((graph as { nodes?: unknown }).nodes)) throw new AutomodelError('bad-graph', 'the graph has no list of nodes', { location: file });
  return graph as RecordedGraph;
}

const WORDS: Readonly<Record<string, number>> = { Infinity: Infinity, '-Infinity': -Infinity, NaN: NaN };

/** A literal as a host operand: floats become numbers, integers bigints, so that promotion sees what Python saw. */
export function hostOperand(value: unknown): number | bigint | boolean {
  if (value instanceof RecordedFloat) return value.value;
  if (typeof value === 'number') return BigInt(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return value;
  const word = WORDS[String(value)];
  if (word === undefined) throw new AutomodelError('bad-graph', `${JSON.stringify(value)} is not a number`);
  return word;
}

/** Attributes with plain numbers. */
export function plainAttributes(attrs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attrs).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (value instanceof RecordedFloat) return value.value;
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'string' && value in WORDS ? WORDS[value] : value;
}
