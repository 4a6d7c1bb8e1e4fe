// The model card (README.md) of a fine-tuned model or adapter, written from facts of its run alone:
// what it started from, what it learned from, how, how well, and how to load it. Pure: no files, no
// network.
import { stringify } from 'yaml';

/** A line that tells a card written here from a card written by a person. */
export const CARD_MARK =
  '<!-- written by automodel from the run; edit freely after removing this line -->';

/** Validation losses of a run. */
export interface ValidationFacts {
  /** Name of the validation set. */
  readonly name: string;
  /** Mean cross entropy of a token in nats: at the first and last validation, and the lowest. */
  readonly first: number;
  readonly last: number;
  readonly best: number;
}

export interface AdapterFacts {
  readonly type: string;
  readonly rank?: number | undefined;
  readonly alpha?: number | undefined;
  readonly targets: readonly string[];
}

/** What a model card says. */
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
  readonly adapter?: AdapterFacts | undefined;
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
  const parts = [
    frontMatter(facts),
    CARD_MARK,
    `# ${facts.repository.slice(facts.repository.lastIndexOf('/') + 1)}`,
    opening(facts),
    results(facts),
    usage(facts),
    recipe(facts),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
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
  const isAdapter = kind === 'adapter';
  const what = isAdapter
    ? `A ${adapter?.type ?? 'PEFT'} adapter`
    : `A fine-tuned ${modelType ?? 'language'} model`;
  const relation = isAdapter ? ' for' : ', trained from';
  const start = base === undefined ? '' : `${relation} ${link(base.id)}`;
  const details = adapter === undefined ? [] : adapterDetails(adapter);
  const inBrackets = details.length === 0 ? '' : ` (${details.join(', ')})`;
  const data = [
    ...datasets.map((id) => link(id, 'datasets/')),
    ...dataFiles.map((name) => `\`${name}\``),
  ];
  const onData = data.length === 0 ? '' : `, on ${data.join(', ')}`;
  return `${what}${start}${inBrackets}${onData}.`;
}

function adapterDetails({ rank, alpha, targets }: AdapterFacts): readonly string[] {
  const details: string[] = [];
  if (rank !== undefined) details.push(`rank ${rank}`);
  if (alpha !== undefined) details.push(`alpha ${alpha}`);
  if (targets.length > 0) details.push(`on ${targets.join(', ')}`);
  return details;
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
  const commands =
    kind === 'adapter'
      ? adapterCommands(repository, base?.id ?? 'BASE_MODEL')
      : modelCommands(repository);
  const blocks = commands.map(([language, lines]) => codeBlock(language, lines));
  return ['## Use', ...blocks].join('\n\n');
}

/** The language of a code block and its lines. */
type CodeLines = readonly [language: string, lines: readonly string[]];

const codeBlock = (language: string, lines: readonly string[]): string =>
  [`\`\`\`${language}`, ...lines, '```'].join('\n');

const adapterCommands = (repository: string, base: string): readonly CodeLines[] => [
  [
    'python',
    [
      'from peft import AutoPeftModelForCausalLM',
      'from transformers import AutoTokenizer',
      '',
      `model = AutoPeftModelForCausalLM.from_pretrained("${repository}")`,
      `tokenizer = AutoTokenizer.from_pretrained("${repository}")`,
    ],
  ],
  ['sh', [`vllm serve ${base} --enable-lora --lora-modules adapter=${repository}`]],
  ['sh', [`npx automodel generate --model ${base} --adapter ${repository} --prompt 'Hello'`]],
];

const modelCommands = (repository: string): readonly CodeLines[] => [
  [
    'python',
    [
      'from transformers import AutoModelForCausalLM, AutoTokenizer',
      '',
      `model = AutoModelForCausalLM.from_pretrained("${repository}")`,
      `tokenizer = AutoTokenizer.from_pretrained("${repository}")`,
    ],
  ],
  ['sh', [`vllm serve ${repository}`]],
  ['sh', [`npx automodel generate --model ${repository} --prompt 'Hello'`]],
];

/** In a fence of four, because a recipe may hold a fence of three. */
const recipe = ({ recipe: text }: CardFacts): string =>
  text === undefined
    ? ''
    : [
        '## Recipe\n\nTrained with Automodel for TypeScript:\n',
        '````yaml',
        text.trimEnd(),
        '````',
      ].join('\n');
