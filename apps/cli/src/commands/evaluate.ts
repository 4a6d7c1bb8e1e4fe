// `automodel evaluate`: loss, perplexity and exact match of a model on a file of examples.
import { loadDataset, locationOf, openDataFiles } from '@automodel/data';
import { answerRows, datasetLoss, stopIdsFor, type Answer } from '@automodel/run';
import { writeJson, type CliContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { openModel, type ModelOptions } from '../open-model.js';
import type { ColumnPair } from '../option-values.js';
import { table } from '../render/table.js';
import { ProgressLine } from '../terminal/progress-line.js';

export interface EvaluateCommandOptions extends ModelOptions {
  readonly data: string;
  /** Where the names of the columns do not say it. */
  readonly columns?: ColumnPair;
  readonly limit?: number;
  readonly maxNewTokens: number;
  readonly exactMatch: boolean;
  readonly show: number;
}

/** Errors: those of loading model and data. */
export async function evaluate(
  context: CliContext,
  options: EvaluateCommandOptions,
): Promise<number> {
  const { signal, workingDirectory } = context;
  const progress = new ProgressLine(context.streams.err);
  await using model = await openModel(context, options);
  const tokenizer = await model.tokenizer();
  const format = { columns: options.columns };
  const files = await openDataFiles(options.data, { workingDirectory });
  const dataset = await loadDataset(tokenizer, files, { ...format, signal });
  const samples = dataset.samples.slice(0, options.limit);
  const { loss, perplexity, tokens } = await datasetLoss(model.session, samples, {
    signal,
    onProgress: (share) => progress.update(`loss: ${Math.round(100 * share)} %`),
  });
  const answers: Answer[] = [];
  if (options.exactMatch) {
    const rows = new Set(samples.map((sample) => locationOf(sample.source)));
    for await (const answer of answerRows(model.session, tokenizer, {
      files,
      format,
      rows,
      stopIds: stopIdsFor(tokenizer, model.eosTokenIds),
      maxNewTokens: options.maxNewTokens,
      signal,
    })) {
      answers.push(answer);
      progress.update(
        `exact match: ${answers.filter((a) => a.correct).length} of ${answers.length} right ` +
          `(${answers.length}/${rows.size})`,
      );
    }
  }
  progress.finish();
  const correct = answers.filter((answer) => answer.correct).length;
  const exactMatch = answers.length === 0 ? undefined : correct / answers.length;
  if (options.json === true) {
    writeJson(context, {
      loss,
      perplexity,
      exact_match: exactMatch ?? null,
      rows: samples.length,
      trained_tokens: tokens,
      correct,
      answered: answers.length,
    });
    return EXIT.done;
  }
  const rows = [
    ['loss', loss.toFixed(4)],
    ['perplexity', perplexity.toFixed(3)],
    ...(exactMatch === undefined
      ? []
      : [['exact match', `${(100 * exactMatch).toFixed(1)} % (${correct} of ${answers.length})`]]),
    ['rows', `${samples.length} (${tokens} trained tokens)`],
  ];
  context.streams.out.write(`${table(rows).join('\n')}\n`);
  for (const answer of answers.filter((a) => !a.correct).slice(0, options.show))
    context.streams.out.write(
      `\nprompt    ${answer.prompt}\nexpected  ${answer.expected}\nanswer    ${answer.answer}\n`,
    );
  return EXIT.done;
}
