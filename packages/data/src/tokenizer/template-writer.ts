// Chat templates of any file, to be rendered with the special tokens of a tokenizer; without one,
// with those that the template's own file names, which for Jinja text are none.
import type { ChatTemplate } from '../templates/chat-template.js';
import { chosenTemplate, compiledTemplates } from '../templates/chat-templates.js';
import { configuredTokens } from './configured-tokens.js';
import { namedTokens } from './named-tokens.js';
import type { TemplateFiles } from './template-files.js';

/** Special tokens that a template may write. A `Tokenizer` has them. */
export interface KnownTokens {
  /** bos_token, eos_token, ... by key, as templates see them. */
  readonly specialTokens: Readonly<Record<string, string>>;
  /** Texts of all special tokens. */
  readonly specialTexts: readonly string[];
}

export interface TemplateWriter extends Pick<KnownTokens, 'specialTexts'> {
  /** The template for a chat with these tools. Errors: `missing-tokenizer` where there is none. */
  chatTemplate(tools?: readonly unknown[]): ChatTemplate;
}

/** Errors: `bad-file` for what is not a template, or names tokens in another way than it should. */
export function templateWriter(
  files: TemplateFiles,
  tokens: KnownTokens = namedInFile(files),
): TemplateWriter {
  const templates = compiledTemplates(files, tokens.specialTokens, undefined);
  return {
    chatTemplate: (tools) => chosenTemplate(templates, files.source, tools),
    specialTexts: tokens.specialTexts,
  };
}

function namedInFile({ config, source }: TemplateFiles): KnownTokens {
  const tokens = configuredTokens({}, config, source).flat();
  return {
    specialTokens: namedTokens(config),
    specialTexts: tokens.filter(({ special }) => special).map(({ content }) => content),
  };
}
