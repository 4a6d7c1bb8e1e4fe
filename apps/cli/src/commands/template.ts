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
import type { OPTIONS } from '../declarations/template.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { hubOptions } from '../hub-options.js';
import { refuseExisting } from '../refuse-existing.js';
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

type Options = CommandOptions<typeof OPTIONS>;

/** What the chats are rendered with: one template or two. */
interface Templates {
  readonly one: InspectedTemplate;
  readonly other: InspectedTemplate | undefined;
}

/** 0 where every chat was rendered, else 1. Errors: of opening templates and of reading chats. */
export async function run(
  context: CommandContext,
  options: Options,
  name: string,
): Promise<number> {
  const { signal, streams, workingDirectory } = context;
  await refuseExisting(context, { file: options.html, option: '--html', force: options.force });
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
    if (isJson) streams.out.writeExact(`${lines.join('\n')}\n`);
    else streams.out.write(`${lines.join('\n')}\n`);
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
