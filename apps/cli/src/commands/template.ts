// `automodel template`: chats as a chat template writes them, with what of them is trained and how
// turns end; or what two templates write differently.
import { AutomodelError } from '@automodel/core';
import {
  inspectChat,
  readChats,
  SAMPLE_CHATS,
  type InspectedTemplate,
  type NamedChat,
} from '@automodel/data';
import { openTemplate, type TemplateOptions } from '@automodel/run';
import { note, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { defineCommand, type CommandOptions } from '../grammar/define-command.js';
import { argument, flag, text } from '../grammar/option.js';
import { hubOptions } from '../hub-options.js';
import { templateHtml } from '../render/template-html.js';
import { closingLine, viewLines } from '../render/template-lines.js';
import {
  countedView,
  NO_VIEWS,
  templateView,
  viewJson,
  type TemplateView,
} from '../render/template-view.js';
import { style } from '../terminal/style.js';
import { writePage } from '../write-page.js';

const OPTIONS = {
  tokenizer: text(
    '--tokenizer <folder>',
    'folder or hub id of the tokenizer, for special tokens and ids (default: the one beside the ' +
      'template, if its folder is given)',
  ),
  chat: text(
    '--chat <file>',
    'chats to render: one row, JSON lines or another data file (default: one of each kind)',
  ),
  against: text(
    '--against <path>',
    'show what this template (file, folder or hub id) writes differently',
  ),
  html: text('--html <file>', 'write the chats as a page'),
  maskHistory: flag('--mask-history', 'train only the last turn of the assistant'),
  maskReasoning: flag('--mask-reasoning-content', "do not train the assistant's reasoning"),
};
type Options = CommandOptions<typeof OPTIONS>;

/** What the chats are rendered with: one template or two. */
interface Templates {
  readonly one: InspectedTemplate;
  readonly other: InspectedTemplate | undefined;
}

/** 0 where every chat was rendered, else 1. Errors: of opening templates and of reading chats. */
async function run(context: CommandContext, options: Options, name: string): Promise<number> {
  const { signal, streams, workingDirectory } = context;
  const templates = await openTemplates(context, options, name);
  const chats =
    options.chat === undefined ? SAMPLE_CHATS : readChats(options.chat, workingDirectory);
  const text = style(streams.color);
  const isJson = options.json === true;
  if (!isJson && options.against !== undefined)
    streams.out.write(`${text.red(`- ${name}`)}\n${text.green(`+ ${options.against}`)}\n`);
  const pageViews: TemplateView[] = [];
  let counts = NO_VIEWS;
  for await (const view of viewsOf(templates, chats, options)) {
    if (signal.aborted) throw new AutomodelError('aborted', 'stopped');
    counts = countedView(counts, view);
    if (options.html !== undefined) pageViews.push(view);
    const lines = isJson ? [viewJson(view)] : viewLines(view, text, streams.color);
    streams.out.write(`${lines.join('\n')}\n`);
  }
  if (!isJson) streams.out.write(`\n${closingLine(counts, templates.other !== undefined)}\n`);
  if (options.html !== undefined)
    await writePage(
      context,
      options.html,
      templateHtml({ name, against: options.against }, pageViews),
      'chats',
    );
  return counts.refused === 0 ? EXIT.done : EXIT.failedCheck;
}

async function* viewsOf(
  { one, other }: Templates,
  chats: Iterable<NamedChat> | AsyncIterable<NamedChat>,
  { maskHistory, maskReasoning }: Options,
): AsyncGenerator<TemplateView> {
  const labels = { maskHistory, maskReasoning };
  for await (const chat of chats)
    yield templateView(inspectChat(one, chat, labels), other && inspectChat(other, chat, labels));
}

/** A template that has no tokenizer takes that of the one it is compared with. */
async function openTemplates(
  context: CommandContext,
  { tokenizer, against }: Options,
  name: string,
): Promise<Templates> {
  const hub = { ...hubOptions(context), workingDirectory: context.workingDirectory };
  const open = (path: string, given: TemplateOptions['tokenizer']): Promise<InspectedTemplate> =>
    openTemplate(path, { ...hub, tokenizer: given });
  let one = await open(name, tokenizer);
  let other = against === undefined ? undefined : await open(against, tokenizer);
  if (against !== undefined && other !== undefined) {
    if (one.tokenizer === undefined && other.tokenizer !== undefined)
      one = await open(name, against);
    else if (one.tokenizer !== undefined && other.tokenizer === undefined)
      other = await open(against, name);
  }
  if (one.tokenizer === undefined && one.writer.specialTexts.length === 0)
    note(
      context,
      'note: without a tokenizer no special tokens are known: bos_token and the like are not ' +
        'defined for the template, and a turn is shown with the white space behind its end; name ' +
        'one with --tokenizer FOLDER',
    );
  return { one, other };
}

export const template = defineCommand({
  name: 'template',
  description: 'show what a chat template writes for chats, and what of it is trained',
  group: 'Looking closer',
  examples: [
    'template Qwen/Qwen3-0.6B',
    'template my.jinja --tokenizer ./my-model --chat chats.jsonl --html chats.html',
    'template my.jinja --against ./my-model --json',
  ],
  note:
    'The template is that of a folder or hub id, or of a file: Jinja text, or JSON with\n' +
    'chat_template. Exit code 1 means that a chat was refused; differences do not change it.',
  argument: argument('<folder-or-file>', 'model folder, hub id or template file'),
  options: OPTIONS,
  run,
});
