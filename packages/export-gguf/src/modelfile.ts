// An Ollama Modelfile for a GGUF file: where it is, how a chat is written, and what ends a turn.
// Ollama's templates are Go's and cannot be derived from Jinja; the four forms that most models use
// are recognised by their markers.

interface ChatForm {
  readonly marker: string;
  readonly template: string;
  readonly stops: readonly string[];
}

const FORMS: readonly ChatForm[] = [
  {
    marker: '<|im_start|>',
    stops: ['<|im_end|>'],
    template:
      '{{- range .Messages }}<|im_start|>{{ .Role }}\n{{ .Content }}<|im_end|>\n{{ end ' +
      '}}<|im_start|>assistant\n',
  },
  {
    marker: '<|start_header_id|>',
    stops: ['<|eot_id|>'],
    template:
      '{{- range .Messages }}<|start_header_id|>{{ .Role }}<|end_header_id|>\n\n{{ .Content ' +
      '}}<|eot_id|>{{ end }}<|start_header_id|>assistant<|end_header_id|>\n\n',
  },
  {
    marker: '<start_of_turn>',
    stops: ['<end_of_turn>'],
    template:
      '{{- $system := "" }}{{- range .Messages }}{{- if eq .Role "system" }}{{- $system = ' +
      '.Content }}{{- else if eq .Role "user" }}<start_of_turn>user\n{{ if $system }}{{ $system ' +
      '}}\n\n{{ $system = "" }}{{ end }}{{ .Content }}<end_of_turn>\n' +
      '{{ else }}<start_of_turn>model\n{{ .Content }}<end_of_turn>\n{{ end }}{{- end ' +
      '}}<start_of_turn>model\n',
  },
  {
    marker: '[INST]',
    stops: ['</s>'],
    template:
      '{{- range .Messages }}{{- if eq .Role "user" }}[INST] {{ .Content }} [/INST]{{ else if eq ' +
      '.Role "assistant" }} {{ .Content }}</s>{{ end }}{{- end }}',
  },
];

export interface ModelfileOptions {
  /** After FROM: the file's name, or the folder of a base model. */
  readonly from: string;
  /** Name of an adapter's file. */
  readonly adapter?: string | undefined;
  /** The Jinja template of the tokenizer. */
  readonly chatTemplate: string | undefined;
  /** Texts that end generation. */
  readonly stops: readonly string[];
}

/**
 * The file's text. Without a known form of chat there is no TEMPLATE: Ollama then looks into the
 * GGUF file itself.
 */
export function modelfile({ from, adapter, chatTemplate, stops }: ModelfileOptions): string {
  const form = FORMS.find(({ marker }) => chatTemplate?.includes(marker) === true);
  const all = [...new Set([...stops, ...(form?.stops ?? [])])];
  return [
    `FROM ${from}`,
    ...(adapter === undefined ? [] : [`ADAPTER ${adapter}`]),
    ...(form === undefined ? [] : [`TEMPLATE """${form.template}"""`]),
    ...all.map((stop) => `PARAMETER stop ${JSON.stringify(stop)}`),
    '',
  ].join('\n');
}
