// `automodel evaluate`: loss, perplexity and scored answers of a model on a file of examples.
import { loadDataset, locationOf, openDataFiles, stopIdsOf } from '@automodel/data';
import {
  answerRows,
  datasetLoss,
  openMetrics,
  refuseModels,
  scoreAnswers,
  type Answer,
  type MetricScore,
} from '@automodel/run';
import { Stop } from '@automodel/train';
import { note, writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/evaluate.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { openModel } from '../open-model.js';
import { sharedBy } from '../shared-by.js';
import { labelRows, metricLabel, scoresAsJson, scoreValue } from '../render/score-text.js';
import { table } from '../render/table.js';
import { progressOf } from '../terminal/progress-line.js';

type Options = CommandOptions<typeof OPTIONS>;

interface Evaluation {
  readonly loss: number;
  readonly perplexity: number;
  readonly trainedTokens: number;
  readonly rows: number;
  /** Empty where only loss and perplexity were asked for. */
  readonly answers: readonly Answer[];
  readonly scores: readonly MetricScore[];
}

/** Errors: those of loading model and data. */
async function measure(context: CommandContext, options: Options): Promise<Evaluation> {
  const { signal, workingDirectory } = context;
  const progress = progressOf(context.streams);
  const metrics = await openMetrics(options.metric ?? ['exact_match'], {
    workingDirectory,
    tolerance: { absolute: options.absoluteTolerance, relative: options.relativeTolerance },
  });
  const shared = await sharedBy(context, options);
  await using model = await openModel(context, options, shared);
  const stop = new Stop(signal, model.session.parallelism.host);
  const tokenizer = await model.tokenizer();
  const format = { columns: options.columns };
  await refuseModels(options.data, workingDirectory);
  const files = await openDataFiles(options.data, {
    workingDirectory,
    onSkipped: (sentence) => note(context, `note: ${sentence}`),
  });
  progress.begin('reading the data');
  const dataset = await loadDataset(tokenizer, files, { ...format, signal });
  const samples = dataset.samples.slice(0, options.limit);
  const { loss, perplexity, tokens } = await datasetLoss(model.session, samples, {
    stop,
    onProgress: (share) => progress.update({ share, parts: ['loss'] }),
  });
  const answers: Answer[] = [];
  if (options.exactMatch) {
    const rows = new Set(samples.map((sample) => locationOf(sample.source)));
    for await (const answer of answerRows(model.session, tokenizer, {
      files,
      format,
      rows,
      stopIds: stopIdsOf(tokenizer, model.eosTokenIds),
      maxNewTokens: options.maxNewTokens,
      stop,
    })) {
      answers.push(answer);
      const [right, done] = [rightOf(answers), answers.length];
      const share = done / rows.size;
      progress.update({ share, parts: [`${done}/${rows.size}`, `${right} right`] });
    }
  }
  progress.finish();
  const scores = await scoreAnswers(metrics, answers);
  return { loss, perplexity, trainedTokens: tokens, rows: samples.length, answers, scores };
}

const rightOf = (answers: readonly Answer[]): number =>
  answers.filter(({ correct }) => correct).length;

/** Errors: those of loading model and data. */
export async function run(context: CommandContext, options: Options): Promise<number> {
  const measured = await measure(context, options);
  if (options.json === true) writeJson(context, asJson(measured));
  else context.streams.out.write(asText(measured, options.show));
  return EXIT.done;
}

function asJson({ loss, perplexity, trainedTokens, rows, answers, scores }: Evaluation): object {
  const [correct, answered] = [rightOf(answers), answers.length];
  return {
    loss,
    perplexity,
    ...(answered === 0 ? { exact_match: null } : scoresAsJson(scores)),
    rows,
    trained_tokens: trainedTokens,
    correct,
    answered,
  };
}

function asText(measured: Evaluation, wrongAnswers: number): string {
  const { loss, perplexity, trainedTokens, rows, answers, scores } = measured;
  const [correct, answered] = [rightOf(answers), answers.length];
  const lines = table([
    ['loss', loss.toFixed(4)],
    ['perplexity', perplexity.toFixed(3)],
    ...scores.map((score) => [
      metricLabel(score.name),
      score.name === 'exact_match'
        ? `${scoreValue(score)} (${correct} of ${answered})`
        : scoreValue(score),
    ]),
    ...labelRows(scores),
    ['rows', `${rows} (${trainedTokens} trained tokens)`],
  ]);
  const wrong = answers
    .filter((answer) => !answer.correct)
    .slice(0, wrongAnswers)
    .map(
      ({ prompt, expected, answer }) =>
        `\nprompt    ${prompt}\nexpected  ${expected}\nanswer    ${answer}\n`,
    );
  return `${lines.join('\n')}\n${wrong.join('')}`;
}
