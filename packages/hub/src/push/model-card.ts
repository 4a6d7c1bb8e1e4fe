// The model card (README.md) of a fine-tuned model or adapter, written from facts of its run alone:
// what it started from, what it learned from, how, how well, and how to load it. Pure: no files, no
// network.
import { stringify } from 'yaml';

/** A line by which a card is known to be written here, and not by a person. */
export const CARD_MARK =
  '<!-- written by automodel from the run; edit freely after removing this line -->';

export interface ValidationFacts {
  /** Of the validation set. */
  readonly name: string;
  /** Mean cross entropy of a token in nats, at the first and last validation, and the least. */
  readonly first: number;
  readonly last: number;
  readonly best: number;
}

export interface CardFacts {
  /** `owner/name` that the card is for. */
  readonly repository: string;
  readonly kind: 'model' | 'adapter';
  /** config.json's, of a model. */
  readonly modelType?: string | undefined;
  /** What it was trained from, when that is on the hub. */
  readonly base?:
    | {
        readonly id: string;
        readonly license?: string | undefined;
        readonly licenseName?: string | undefined;
        readonly licenseLink?: string | undefined;
      }
    | undefined;
  readonly adapter?:
    | {
        readonly type: string;
        readonly rank?: number | undefined;
        readonly alpha?: number | undefined;
        readonly targets: readonly string[];
      }
    | undefined;
  /** Ids of data sets on the hub. */
  readonly datasets: readonly string[];
  /** Names of other data, without folders. */
  readonly dataFiles: readonly string[];
  /** YAML without secrets and local paths. */
  readonly recipe?: string | undefined;
  readonly training?:
    | { readonly steps: number; readonly trainedTokens: number; readonly lastLoss: number }
    | undefined;
  readonly validations: readonly ValidationFacts[];
}

/** The text of README.md. */
export function modelCard(facts: CardFacts): string {
  return (
    [
      frontMatter(facts),
      CARD_MARK,
      `# ${facts.repository.slice(facts.repository.lastIndexOf('/') + 1)}`,
      opening(facts),
      results(facts),
      usage(facts),
      recipe(facts),
    ]
      .filter((part) => part !== '')
      .join('\n\n') + '\n'
  );
}

function frontMatter({ kind, base, datasets, adapter }: CardFacts): string {
  const data = {
    ...(base === undefined
      ? {}
      : { base_model: base.id, base_model_relation: kind === 'adapter' ? 'adapter' : 'finetune' }),
    ...(base?.license === undefined
      ? {}
      : {
          license: base.license,
          ...(base.licenseName === undefined ? {} : { license_name: base.licenseName }),
          ...(base.licenseLink === undefined ? {} : { license_link: base.licenseLink }),
        }),
    library_name: kind === 'adapter' ? 'peft' : 'transformers',
    pipeline_tag: 'text-generation',
    ...(datasets.length === 0 ? {} : { datasets }),
    tags: ['automodel', ...(adapter === undefined ? [] : [adapter.type.toLowerCase()])],
  };
  return `---\n${stringify(data, { lineWidth: 0 })}---`;
}

const link = (id: string, prefix = ''): string => `[${id}](https://huggingface.co/${prefix}${id})`;

function opening({ kind, base, adapter, datasets, dataFiles, modelType }: CardFacts): string {
  const what =
    kind === 'adapter'
      ? `A ${adapter?.type ?? 'PEFT'} adapter`
      : `A fine-tuned ${modelType ?? 'language'} model`;
  const start =
    base === undefined
      ? ''
      : kind === 'adapter'
        ? ` for ${link(base.id)}`
        : `, trained from ${link(base.id)}`;
  const details =
    adapter === undefined
      ? ''
      : ' ' +
        `(${[...(adapter.rank === undefined ? [] : [`rank ${adapter.rank}`]), ...(adapter.alpha === undefined ? [] : [`alpha ${adapter.alpha}`]), ...(adapter.targets.length === 0 ? [] : [`on ${adapter.targets.join(', ')}`])].join(', ')})`;
  const data = [
    ...datasets.map((id) => link(id, 'datasets/')),
    ...dataFiles.map((name) => `\`${name}\``),
  ];
  return `${what}${start}${details === ' ()' ? '' : details}${data.length === 0 ? '' : `, on ${data.join(', ')}`}.`;
}

function results({ training, validations }: CardFacts): string {
  const lines =
    training === undefined
      ? []
      : [
          `${training.steps} optimizer steps, ${training.trainedTokens} trained tokens, loss of ` +
            `the last step ${training.lastLoss.toFixed(4)}.`,
        ];
  if (validations.length > 0) {
    const cell = (loss: number): string => `${loss.toFixed(4)} (${Math.exp(loss).toFixed(2)})`;
    lines.push(
      [
        '| validation loss (perplexity) | first | best | last |',
        '| --- | --: | --: | --: |',
        ...validations.map(
          ({ name, first, best, last }) =>
            `| ${name} | ${cell(first)} | ${cell(best)} | ${cell(last)} |`,
        ),
      ].join('\n'),
    );
  }
  return lines.length === 0 ? '' : `## Results\n\n${lines.join('\n\n')}`;
}

function usage({ kind, repository, base }: CardFacts): string {
  const blocks =
    kind === 'adapter'
      ? [
          [
            'python',
            'from peft import AutoPeftModelForCausalLM\nfrom transformers import ' +
              'AutoTokenizer\n\nmodel = ' +
              `AutoPeftModelForCausalLM.from_pretrained("${repository}")\ntokenizer = ` +
              `AutoTokenizer.from_pretrained("${repository}")`,
          ],
          [
            'sh',
            `vllm serve ${base?.id ?? 'BASE_MODEL'} --enable-lora --lora-modules ` +
              `adapter=${repository}`,
          ],
          [
            'sh',
            `npx automodel generate --model ${base?.id ?? 'BASE_MODEL'} --adapter ${repository} ` +
              "--prompt 'Hello'",
          ],
        ]
      : [
          [
            'python',
            'from transformers import AutoModelForCausalLM, AutoTokenizer\n\nmodel = ' +
              `AutoModelForCausalLM.from_pretrained("${repository}")\ntokenizer = ` +
              `AutoTokenizer.from_pretrained("${repository}")`,
          ],
          ['sh', `vllm serve ${repository}`],
          ['sh', `npx automodel generate --model ${repository} --prompt 'Hello'`],
        ];
  return (
    '## ' +
    `Use\n\n${blocks.map(([language, text]) => `\`\`\`${language!}\n${text!}\n\`\`\``).join('\n\n')}`
  );
}

const recipe = ({ recipe: text }: CardFacts): string =>
  text === undefined
    ? ''
    : '## Recipe\n\nTrained with Automodel for ' +
      `TypeScript:\n\n\`\`\`\`yaml\n${text.trimEnd()}\n\`\`\`\``;
