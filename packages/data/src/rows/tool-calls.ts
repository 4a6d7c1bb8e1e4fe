// Tools and tool calls of a row in OpenAI's form, whichever of their forms it has: calls with or
// without `function`, arguments as an object or JSON text, and `function_call` with `functions`,
// which came before both.
import { isObject, type JsonObject } from '../json/json-object.js';
import { objectOf } from '../json/ordered-object.js';
import { kindOf, type RowReader } from './row-reader.js';

/** The calls of a message; undefined where it has none. Errors: `bad-data`. */
export function callsOf(
  row: RowReader,
  message: JsonObject,
  place: string,
): readonly JsonObject[] | undefined {
  const { tool_calls: calls, function_call: older } = message;
  if (older === undefined)
    return calls === undefined ? undefined : toolCallsOf(row, calls, `${place}.tool_calls`);
  if (calls !== undefined)
    throw row.refuse(`${place} has both tool_calls and function_call`, 'keep one of them');
  if (!isObject(older))
    throw row.refuse(
      `${place}.function_call must be an object with "name" and "arguments", it is ` +
        kindOf(older),
    );
  return toolCallsOf(row, [{ type: 'function', function: older }], `${place}.function_call`);
}

function toolCallsOf(row: RowReader, value: unknown, place: string): readonly JsonObject[] {
  return row.asList(value, place, 'tool calls').map((call, i) => {
    const at = `${place}[${i}]`;
    const written = isObject(call) && isObject(call['function']) ? call['function'] : call;
    if (!isObject(call) || !isObject(written))
      throw row.refuse(`${at} must be an object with "function", it is ${kindOf(call)}`);
    if (typeof written['name'] !== 'string' || written['name'] === '')
      throw row.refuse(`${at} must name its function, its name is ${kindOf(written['name'])}`);
    const parsed =
      typeof written['arguments'] === 'string'
        ? row.json(written['arguments'], `${at}.arguments`)
        : (written['arguments'] ?? {});
    if (!isObject(parsed))
      throw row.refuse(
        `${at}.arguments must be an object or its JSON text, it is ${kindOf(parsed)}`,
      );
    return objectOf(Object.entries(call).filter(([, entry]) => entry !== null));
  });
}

/** The function schemas of a row; undefined where it has none. Errors: `bad-data`. */
export function toolsOf(row: RowReader): readonly unknown[] | undefined {
  const older = row.row['functions'] ?? null;
  if (older === null)
    return row.has('tools') ? toolList(row, row.value('tools'), row.name('tools')) : undefined;
  if (row.has('tools'))
    throw row.refuse(
      `this row has both "${row.name('tools')}" and "functions"`,
      'keep one of them',
    );
  return toolList(row, older, 'functions')?.map((schema) => ({
    type: 'function',
    function: schema,
  }));
}

function toolList(row: RowReader, value: unknown, place: string): readonly unknown[] | undefined {
  const tools = row
    .asList(value, place, 'function schemas')
    .map((tool, i) => (typeof tool === 'string' ? row.json(tool, `${place}[${i}]`) : tool));
  const wrong = tools.find((tool) => !isObject(tool));
  if (wrong !== undefined)
    throw row.refuse(
      `"${place}" must be a list of function schemas, one of it is ${kindOf(wrong)}`,
    );
  return tools.length === 0 ? undefined : tools;
}
