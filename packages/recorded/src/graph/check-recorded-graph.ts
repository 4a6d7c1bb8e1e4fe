// Checks everything in a parsed graph.json that needs no shape rules: types, ranges, unique ids,
// operands that are defined before they are used, finite numbers. What passes is a RecordedGraph.
import { AutomodelError, type DType } from '@automodel/core';
import { RecordedFloat, wordOf } from './recorded-float.js';
import {
  placeOf,
  type RecordedAttribute,
  type RecordedGraph,
  type RecordedNode,
  type RecordedOperand,
} from './recorded-graph.js';

const FORMAT = 'recorded-graph/0';
const DTYPES: ReadonlyMap<unknown, DType> = new Map([
  ['float32', 'f32'],
  ['bfloat16', 'bf16'],
  ['float16', 'f16'],
  ['int64', 'i64'],
  ['int32', 'i32'],
  ['bool', 'bool'],
] as const);
/** Attributes that may hold an infinity or NaN. */
const UNBOUNDED: ReadonlySet<string> = new Set(['value', 'data', 'min', 'max']);
/**
 * Maximum number of elements of one tensor: more than any machine holds, and far below where byte
 * offsets become inexact.
 */
const MAX_ELEMENTS = 2 ** 36;
const MAX_DIMENSIONS = 16;
/** Maximum number of characters of a text shown in a message. */
const SHOWN = 60;

type Mapping = Readonly<Record<string, unknown>>;

const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof RecordedFloat);
const isIndex = (value: unknown): value is number => typeof value === 'number' && value >= 0;

/** What a value is, short enough for a message. */
function shown(value: unknown): string {
  const text = described(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}

function described(value: unknown): string {
  if (value instanceof RecordedFloat) return String(value.value);
  if (value === undefined) return 'nothing';
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return 'a list';
  return isMapping(value) ? 'an object' : JSON.stringify(value);
}

/** The first entries of a list as a shape is written, or what stands in place of a list. */
const shownShape = (shape: unknown): string =>
  Array.isArray(shape) ? `[${shape.slice(0, MAX_DIMENSIONS).map(shown).join(',')}]` : shown(shape);

/** Errors: `bad-graph` naming the file, and the node with its module where there is one. */
export function checkRecordedGraph(graph: unknown, file: string): RecordedGraph {
  const bad = (message: string): AutomodelError =>
    new AutomodelError('bad-graph', message, { location: file });
  if (!isMapping(graph)) throw bad(`expected an object, found ${shown(graph)}`);
  const { format, architecture, output, nodes } = graph;
  if (format !== FORMAT) throw bad(`the format must be "${FORMAT}", not ${shown(format)}`);
  if (!Array.isArray(nodes)) throw bad('the graph has no list of nodes');
  if (architecture !== undefined && typeof architecture !== 'string')
    throw bad(`architecture must be a name, not ${shown(architecture)}`);
  const ids = new Set<number>();
  const checked = nodes.map((node, i) => checkNode(node, i, ids, file));
  if (!isIndex(output) || !ids.has(output)) throw bad(`output ${shown(output)} is not a node`);
  return { architecture: architecture ?? '', output, nodes: checked };
}

function checkNode(node: unknown, index: number, ids: Set<number>, file: string): RecordedNode {
  const unnamed = (message: string): AutomodelError =>
    new AutomodelError('bad-graph', message, { location: `${file}: nodes[${index}]` });
  if (!isMapping(node)) throw unnamed(`expected an object, found ${shown(node)}`);
  const { id, op } = node;
  if (!isIndex(id)) throw unnamed(`id must be a whole number of at least 0, not ${shown(id)}`);
  if (typeof op !== 'string') throw unnamed(`op of node ${id} must be a name, not ${shown(op)}`);
  const scope = innermostModule(node['scope']);
  const bad = (message: string): AutomodelError =>
    new AutomodelError('bad-graph', message, {
      location: placeOf({ id, op: op.slice(0, SHOWN), scope: scope ?? '' }, file),
    });
  if (scope === undefined) throw bad(`scope must be a list of texts, not ${shown(node['scope'])}`);
  if (ids.has(id)) throw bad('the id is used twice');
  const dtype = DTYPES.get(node['dtype']);
  if (dtype === undefined) throw bad(`dtype ${shown(node['dtype'])} is unknown`);
  const result = {
    id,
    op,
    in: checkOperands(node['in'], ids, bad),
    attrs: checkAttributes(node['attrs'], bad),
    shape: checkShape(node['shape'], bad),
    dtype,
    scope,
  };
  ids.add(id);
  return result;
}

type Refuse = (message: string) => AutomodelError;

/** The innermost module path of a scope list; undefined when it is none. */
function innermostModule(scope: unknown): string | undefined {
  if (scope === undefined) return '';
  if (!Array.isArray(scope) || !scope.every((s) => typeof s === 'string')) return undefined;
  return (scope as string[]).findLast((s) => !s.startsWith('@'))?.split(':')[0] ?? '';
}

function checkOperands(
  operands: unknown,
  ids: ReadonlySet<number>,
  bad: Refuse,
): RecordedOperand[] {
  if (!Array.isArray(operands)) throw bad(`in must be a list of operands, not ${shown(operands)}`);
  return operands.map((operand: unknown, i): RecordedOperand => {
    if (operand === null) return null;
    if (isMapping(operand)) return { c: hostOperand(operand['c'], i, bad) };
    if (!isIndex(operand))
      throw bad(`operand ${i} must be a node id, a literal or null, not ${shown(operand)}`);
    if (!ids.has(operand)) throw bad(`operand ${operand} is not defined before it`);
    return operand;
  });
}

/** Floats become numbers, integers bigints, so that promotion sees what Python saw. */
function hostOperand(value: unknown, index: number, bad: Refuse): number | bigint | boolean {
  if (typeof value === 'bigint' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return BigInt(value);
  if (value instanceof RecordedFloat && Number.isFinite(value.value)) return value.value;
  const word = wordOf(value);
  if (word === undefined)
    throw bad(
      `literal operand ${index} must be a finite number, true or false, not ${shown(value)}`,
    );
  return word;
}

function checkShape(shape: unknown, bad: Refuse): number[] {
  if (!Array.isArray(shape) || !shape.every(isIndex))
    throw bad(`shape must be a list of whole numbers, not ${shownShape(shape)}`);
  if (shape.length > MAX_DIMENSIONS)
    throw bad(`a tensor has at most ${MAX_DIMENSIONS} dimensions, not ${shape.length}`);
  const elements = (shape as number[]).reduce((product, dim) => product * dim, 1);
  if (!(elements <= MAX_ELEMENTS))
    throw bad(`shape [${shape.join(',')}] has more than 2^36 elements`);
  return shape as number[];
}

function checkAttributes(attrs: unknown, bad: Refuse): Record<string, RecordedAttribute> {
  if (attrs === undefined || attrs === null) return {};
  if (!isMapping(attrs)) throw bad(`attrs must be an object, not ${shown(attrs)}`);
  return Object.fromEntries(
    Object.entries(attrs).map(([key, value]) => [key, checkAttribute(key, value, bad)]),
  );
}

function checkAttribute(key: string, value: unknown, bad: Refuse): RecordedAttribute {
  if (Array.isArray(value)) return value.map((entry) => checkAttribute(key, entry, bad));
  const number = value instanceof RecordedFloat ? value.value : wordOf(value);
  if (number !== undefined) {
    // Only words are infinite by intent; a numeral that overflows is a mistake anywhere.
    if (!Number.isFinite(number) && (value instanceof RecordedFloat || !UNBOUNDED.has(key)))
      throw bad(`attribute ${key} must be finite, not ${shown(value)}`);
    return number;
  }
  if (isMapping(value) || value === undefined)
    throw bad(
      `attribute ${key} must be a number, a text, true, false, null or a list, not ${shown(value)}`,
    );
  return value as RecordedAttribute;
}
