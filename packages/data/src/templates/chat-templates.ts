// The chat templates of one folder, by name, and which of them a chat is rendered with.
import { AutomodelError } from '@automodel/core';
import { ChatTemplate } from './chat-template.js';

/** Jinja texts by name, and the folder that errors mention. */
export interface TemplateTexts {
  readonly source: string;
  readonly chatTemplates: ReadonlyMap<string, string>;
}

/** Errors: `bad-file` for a text that is not a template. */
export function compiledTemplates(
  { source, chatTemplates }: TemplateTexts,
  specialTokens: Readonly<Record<string, string>>,
  now: (() => Date) | undefined,
): ReadonlyMap<string, ChatTemplate> {
  return new Map(
    [...chatTemplates].map(([name, text]) => {
      const shown = name === 'default' ? source : `${source} (${name})`;
      return [name, new ChatTemplate(shown, text, specialTokens, now)];
    }),
  );
}

/**
 * `tool_use` for chats with tools where there is one, else `default`. Errors: `missing-tokenizer`
 * where there is neither.
 */
export function chosenTemplate(
  templates: ReadonlyMap<string, ChatTemplate>,
  source: string,
  tools: readonly unknown[] | undefined,
): ChatTemplate {
  const forTools = tools === undefined ? undefined : templates.get('tool_use');
  const template = forTools ?? templates.get('default');
  if (template !== undefined) return template;
  const names = [...templates.keys()];
  throw new AutomodelError(
    'missing-tokenizer',
    names.length === 0
      ? 'the tokenizer has no chat template'
      : `no chat template is called "default" (there are ${names.join(', ')})`,
    {
      location: source,
      hint: 'add a chat_template.jinja to the folder, or train on prompt/completion or text rows',
    },
  );
}
