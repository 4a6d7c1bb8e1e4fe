// `automodel generate`: text from a model, shown as it is generated. The text is the only thing on
// stdout.
import { performance } from 'node:perf_hooks';
import type { TextOptions } from '@automodel/run';
import { DecodeStream } from '@automodel/data';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/generate.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { openModel } from '../open-model.js';
import { writeAnswer } from '../terminal/streams.js';

type Options = CommandOptions<typeof OPTIONS>;

/** Generates. Errors: those of loading and generating. */
export async function run(context: CommandContext, options: Options): Promise<number> {
  const { streams } = context;
  await using model = await openModel(context, options);
  const tokenizer = await model.tokenizer();
  const { maxNewTokens, temperature, topP, topK, seed, raw } = options;
  const settings: TextOptions = {
    maxNewTokens,
    temperature,
    topP,
    topK,
    seed,
    raw,
    signal: context.signal,
  };
  const prompt =
    raw === true || options.system === undefined
      ? options.prompt
      : [
          { role: 'system', content: options.system },
          { role: 'user', content: options.prompt },
        ];
  const promptIds = await model.promptIds(prompt, settings);
  const ids: number[] = [];
  const decoder = new DecodeStream(tokenizer, { skipSpecialTokens: true });
  const show = (piece: string): void =>
    void (options.json !== true && piece !== '' && writeAnswer(streams.out, piece));
  const start = performance.now();
  for await (const id of model.streamIds(promptIds, settings)) {
    ids.push(id);
    show(decoder.push(id));
  }
  show(decoder.flush());
  const seconds = (performance.now() - start) / 1000;
  if (options.json === true)
    writeJson(context, {
      prompt_ids: promptIds,
      ids,
      text: tokenizer.decode(ids, { skipSpecialTokens: true }),
      seconds,
    });
  else if (raw !== true || streams.out.isTerminal) streams.out.write('\n');
  const {
    model: { batch, maxPositions },
  } = model.session;
  if (
    batch.rectangle !== undefined &&
    ids.length < maxNewTokens &&
    promptIds.length + ids.length > maxPositions
  )
    note(
      context,
      `note: the text ends at the ${maxPositions} tokens that a row of the recorded graph has`,
    );
  if (options.json !== true && raw !== true)
    note(context, `${ids.length} tokens in ${seconds.toFixed(1)} s`);
  return EXIT.done;
}
