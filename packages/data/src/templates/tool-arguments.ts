// How a chat template wants the arguments of tool calls: as objects, which it writes as JSON, or as
// JSON text. Templates differ and nothing says which form one takes, so each is tried once with a
// call. A template that leaves calls or tools out is found the same way: training would go on
// without what the row is about.
import { AutomodelError } from '@automodel/core';
import { parseExact } from '../json/exact-json.js';
import type { ChatMessage } from './chat-message.js';
import type { ChatTemplate } from './chat-template.js';
import { isObject, type JsonObject } from '../json/json-object.js';
import { plainNumber } from '../json/plain-number.js';
import { floatRepr } from '../jinja/python/floats.js';
import { Float } from '../jinja/values/value.js';

interface ToolSupport {
  readonly takesObject: boolean;
  readonly takesText: boolean;
  readonly writesTools: boolean;
  /** Why the template wrote nothing for the tools: it failed. */
  readonly failure: AutomodelError | undefined;
}

const known = new WeakMap<ChatTemplate, ToolSupport>();

const TOOL = {
  type: 'function',
  function: {
    name: 'probe_name',
    description: 'probe_text',
    parameters: {
      type: 'object',
      properties: { probe_key: { type: 'string', description: 'probe_text' } },
      required: ['probe_key'],
    },
  },
};

/**
 * `messages` with the arguments of their tool calls in the form that `template` writes. Errors:
 * `unsupported` at `location` where it writes no calls, or no tools.
 */
export function withToolArguments(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  tools: readonly unknown[] | undefined,
  location: string,
): readonly ChatMessage[] {
  const calling = messages.some((message) => Array.isArray(message['tool_calls']));
  if (!calling && tools === undefined) return messages;
  const support = known.get(template) ?? probe(template);
  known.set(template, support);
  const refuse = (what: string, column: string): AutomodelError =>
    new AutomodelError(
      'unsupported',
      `the chat template of ${template.name} does not write ${what}, which this row has`,
      {
        location,
        hint:
          'name a template that does in the recipe (dataset.chat_template: FILE.jinja), or ' +
          `remove ${column} from the data`,
      },
    );
  if (tools !== undefined && support.failure !== undefined)
    throw new AutomodelError(
      'unsupported',
      `with tools the template fails: ${support.failure.message}`,
      {
        location,
        hint: 'mend the template, or remove the tools from the data',
        cause: support.failure,
      },
    );
  if (tools !== undefined && !support.writesTools) throw refuse('tools', 'the tools');
  if (!calling) return messages;
  if (!support.takesObject && !support.takesText) throw refuse('tool calls', 'the tool calls');
  return messages.map((message) =>
    Array.isArray(message['tool_calls'])
      ? {
          ...message,
          tool_calls: message['tool_calls'].map((call: unknown) => adapted(call, support)),
        }
      : message,
  );
}

function adapted(
  call: unknown,
  { takesObject, takesText }: Pick<ToolSupport, 'takesObject' | 'takesText'>,
): unknown {
  if (!isObject(call)) return call;
  if (isObject(call['function']))
    return { ...call, function: adapted(call['function'], { takesObject, takesText }) };
  const given = call['arguments'];
  if (typeof given === 'string' && !takesText)
    return { ...call, arguments: parseExact(given, 'arguments') };
  if (isObject(given) && !takesObject) return { ...call, arguments: pythonJson(given) };
  return call;
}

function probe(template: ChatTemplate): ToolSupport {
  const render = (given: JsonObject | string, tools: readonly unknown[] | undefined): string => {
    const messages = [
      { role: 'user', content: 'probe' },
      {
        role: 'assistant',
        content: '',
        tool_calls: [
          { id: 'call00001', type: 'function', function: { name: 'probe_name', arguments: given } },
        ],
      },
    ];
    try {
      return template.render(messages, { tools });
    } catch (cause) {
      if (cause instanceof AutomodelError) return '';
      throw cause;
    }
  };
  const shows = (given: JsonObject | string, tools: readonly unknown[] | undefined): boolean => {
    const text = render(given, tools);
    return (
      /\bprobe_key\b/.test(text.replaceAll('probe_text', '')) &&
      text.includes('probe_value') &&
      !text.includes('\\"probe_key')
    );
  };
  const object = { probe_key: 'probe_value' };
  const either = (given: JsonObject | string): boolean =>
    shows(given, undefined) || shows(given, [TOOL]);
  return {
    takesObject: either(object),
    takesText: either(pythonJson(object)),
    ...probeTools(template),
  };
}

function probeTools(template: ChatTemplate): Pick<ToolSupport, 'writesTools' | 'failure'> {
  try {
    const text = template.render([{ role: 'user', content: 'probe' }], { tools: [TOOL] });
    return { writesTools: text.includes('probe_name'), failure: undefined };
  } catch (cause) {
    if (cause instanceof AutomodelError) return { writesTools: false, failure: cause };
    throw cause;
  }
}

/** JSON with the spaces of Python's json.dumps, as the texts in data sets are written. */
function pythonJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (isObject(value))
    return `{${Object.entries(value)
      .map(([key, element]) => `${JSON.stringify(key)}: ${pythonJson(element)}`)
      .join(', ')}}`;
  if (typeof value === 'bigint') return String(value);
  const number = plainNumber(value);
  const isFloat =
    value instanceof Float || (typeof number === 'number' && !Number.isInteger(number));
  return isFloat ? floatRepr(number as number) : JSON.stringify(value);
}
