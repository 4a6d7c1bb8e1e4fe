// Rows of Salesforce/xlam-function-calling-60k: a query, tools in a short notation and the calls
// that answer it, the last two as JSON texts. They become a chat with JSON schemas, as in NeMo.
import { isObject, type JsonObject } from '../json/json-object.js';
import { objectOf } from '../json/ordered-object.js';
import { chatOf, messagesOf } from '../rows/chat.js';
import type { ChatRow } from '../rows/parsed-row.js';
import { kindOf, type RowReader } from '../rows/row-reader.js';
import type { RowFormat } from './row-format.js';

export const xlam: RowFormat = {
  type: 'xlam',
  about: 'rows of xLAM, as NeMo writes them',
  columns: [],
  keys: ['use_hf_chat_template', 'mask_history', 'mask_reasoning_content'],
  appendsEos: true,
  nemo: [{ module: 'llm.xlam', name: 'make_xlam_dataset' }],
  read: xlamRow,
};

const TYPES: Readonly<Record<string, string>> = {
  str: 'string',
  string: 'string',
  int: 'integer',
  integer: 'integer',
  float: 'number',
  double: 'number',
  number: 'number',
  bool: 'boolean',
  boolean: 'boolean',
  list: 'array',
  array: 'array',
  object: 'object',
};

/** The chat of one row. Errors: `bad-data`. */
function xlamRow(row: RowReader): ChatRow {
  const id = row.row['id'];
  const objects = (column: string): readonly JsonObject[] =>
    row.asList(row.row[column], column, 'objects').map((value, i) => {
      if (isObject(value) && typeof value['name'] === 'string' && value['name'] !== '')
        return value;
      throw row.refuse(`"${column}[${i}]" must be an object with a name, it is ${kindOf(value)}`);
    });
  const calls = objects('answers').map((call, i) => ({
    id:
      id === undefined || id === null
        ? `call_${i}`
        : `call_${String(id as string | number | bigint)}_${i}`,
    type: 'function',
    function: { name: call['name'], arguments: call['arguments'] ?? {} },
  }));
  const answer = messagesOf(
    row,
    [{ role: 'assistant', content: '', tool_calls: calls }],
    'answers',
  );
  const chat = chatOf(
    row,
    [{ role: 'user', content: row.asText(row.row['query'], 'query') }, ...answer],
    0,
  );
  return { ...chat, tools: objects('tools').map(schemaOf) };
}

function schemaOf(tool: JsonObject): JsonObject {
  const parameters = Object.entries(isObject(tool['parameters']) ? tool['parameters'] : {}).filter(
    (entry): entry is [string, JsonObject] => isObject(entry[1]),
  );
  const properties = parameters.map(([name, given]): [string, JsonObject] => {
    const written = typeof given['type'] === 'string' ? given['type'].toLowerCase() : 'string';
    const type = Object.hasOwn(TYPES, written) ? TYPES[written] : 'string';
    return [
      name,
      {
        type,
        description: given['description'] ?? '',
        ...('enum' in given ? { enum: given['enum'] } : {}),
        ...('default' in given ? { default: given['default'] } : {}),
      },
    ];
  });
  const required = parameters.filter(([, given]) => !('default' in given)).map(([name]) => name);
  return {
    type: 'function',
    function: {
      name: tool['name'],
      description: tool['description'] ?? '',
      parameters: {
        type: 'object',
        properties: objectOf(properties),
        ...(required.length === 0 ? {} : { required }),
      },
    },
  };
}
