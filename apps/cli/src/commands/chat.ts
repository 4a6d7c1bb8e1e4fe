// `automodel chat`: a chat with a model. Answers go to stdout as they are generated, everything
// else to stderr; without a terminal each line of stdin is a turn.
import { DecodeStream, type Tokenizer } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import type { AutoModelForCausalLM, TextOptions } from '@automodel/run';
import { readChatLine } from '../chat/chat-commands.js';
import { Conversation } from '../chat/conversation.js';
import { note, writeJson, type CliContext, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/chat.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { openModel } from '../open-model.js';
import { when } from '../render/sentence.js';
import { LineInput, processInput } from '../terminal/line-input.js';
import { writeAnswer } from '../terminal/streams.js';
import { style } from '../terminal/style.js';

type Options = CommandOptions<typeof OPTIONS>;

/** At most one part in this many of the context is kept free for an answer. */
const ANSWER_SHARE = 4;

/** Errors: those of loading; without a terminal also those of a turn. */
export async function run(context: CommandContext, options: Options): Promise<number> {
  await using model = await openModel(context, options);
  const tokenizer = await model.tokenizer();
  tokenizer.chatTemplate(); // a model without one cannot chat, and says so before anything is typed
  return await new Chat(context, options, model, tokenizer).run();
}

class Chat {
  readonly #context: CliContext;
  readonly #options: Options;
  readonly #model: AutoModelForCausalLM;
  readonly #tokenizer: Tokenizer;
  readonly #conversation: Conversation;
  readonly #positions: number;
  /** Stops the answer that is being given. */
  #answering: AbortController | undefined;
  readonly #leaving = new AbortController();
  #interrupts = 0;
  #input: LineInput | undefined;

  constructor(
    context: CliContext,
    options: Options,
    model: AutoModelForCausalLM,
    tokenizer: Tokenizer,
  ) {
    [this.#context, this.#options, this.#model, this.#tokenizer] = [
      context,
      options,
      model,
      tokenizer,
    ];
    this.#conversation = new Conversation(options.system);
    this.#positions = options.context ?? model.session.model.maxPositions;
  }

  async run(): Promise<number> {
    const input = this.#context.input ?? processInput();
    const lines = (this.#input = new LineInput(input, () => this.#interrupt()));
    const signal = AbortSignal.any([this.#context.signal, this.#leaving.signal]);
    if (input.isTerminal)
      note(
        this.#context,
        `Chat with ${this.#options.model}; up to ${this.#positions} tokens. /help lists ` +
          'commands, /exit leaves.',
      );
    try {
      for (
        let line = await lines.next('> ', signal);
        line !== undefined;
        line = await lines.next('> ', signal)
      ) {
        this.#interrupts = 0;
        try {
          const read = await readChatLine(line, this.#conversation, this.#context.workingDirectory);
          if (read.kind === 'leave') return EXIT.done;
          if (read.kind === 'remark') note(this.#context, read.text);
          else if (read.text.trim() !== '') await this.#turn(read.text);
        } catch (error) {
          if (!input.isTerminal || !(error instanceof AutomodelError) || error.code === 'internal')
            throw error;
          const advice = when(error.hint, (hint) => ` (${hint})`);
          note(this.#context, `${error.message}${advice}`);
        }
      }
    } finally {
      lines.close();
    }
    return signal.aborted ? EXIT.interrupted : EXIT.done;
  }

  /** Ctrl-C on a terminal: ends the answer; at the prompt the second time in a row leaves. */
  #interrupt(): void {
    if (this.#answering !== undefined) return this.#answering.abort();
    this.#interrupts += 1;
    if (this.#interrupts > 1) return this.#leaving.abort();
    note(this.#context, '\nPress Ctrl-C again to leave, or type /exit.');
    this.#input?.redraw();
  }

  async #turn(text: string): Promise<void> {
    this.#conversation.ask(text);
    try {
      const promptIds = await this.#fitted();
      const { answer, ids, stopped } = await this.#answer(promptIds);
      if (answer === '' && stopped) this.#conversation.undo();
      else this.#conversation.answer(answer);
      if (this.#options.json === true)
        writeJson(this.#context, {
          role: 'assistant',
          content: answer,
          prompt_tokens: promptIds.length,
          tokens: ids,
          stopped,
        });
      else this.#context.streams.out.write('\n');
      if (!stopped && ids >= this.#options.maxNewTokens)
        this.#remark(`the answer ends at ${ids} tokens; --max-new-tokens allows more`);
    } catch (error) {
      this.#conversation.undo();
      throw error;
    }
  }

  /**
   * What the model reads: the chat, without its oldest turns where it has grown too long. Errors:
   * `bad-argument` where the last message alone does not fit.
   */
  async #fitted(): Promise<readonly number[]> {
    const reserve = Math.min(
      this.#options.maxNewTokens,
      Math.floor(this.#positions / ANSWER_SHARE),
    );
    let dropped = 0;
    let ids = await this.#model.promptIds(this.#conversation.messages);
    while (ids.length + reserve > this.#positions && this.#conversation.dropOldest()) {
      dropped += 1;
      ids = await this.#model.promptIds(this.#conversation.messages);
    }
    const oldest = dropped === 1 ? 'oldest turn is' : `oldest ${dropped} turns are`;
    if (dropped > 0)
      this.#remark(
        `the chat is longer than the ${this.#positions} tokens the model reads: the ${oldest} ` +
          'forgotten',
      );
    if (ids.length >= this.#positions)
      throw new AutomodelError(
        'bad-argument',
        `the message has ${ids.length} tokens with its surroundings; the model reads ` +
          `${this.#positions}`,
        { hint: 'shorten it' },
      );
    return ids;
  }

  async #answer(
    promptIds: readonly number[],
  ): Promise<{ readonly answer: string; readonly ids: number; readonly stopped: boolean }> {
    const { maxNewTokens, temperature, topP, topK, seed, context } = this.#options;
    const stop = (this.#answering = new AbortController());
    const settings: TextOptions = {
      maxNewTokens,
      temperature,
      topP,
      topK,
      seed: seed + this.#conversation.turns,
      signal: AbortSignal.any([this.#context.signal, stop.signal]),
      ...(context === undefined ? {} : { maxPositions: context }),
    };
    const decoder = new DecodeStream(this.#tokenizer, { skipSpecialTokens: true });
    let [answer, ids] = ['', 0];
    const show = (piece: string): void => {
      answer += piece;
      if (this.#options.json !== true && piece !== '')
        writeAnswer(this.#context.streams.out, piece);
    };
    try {
      for await (const id of this.#model.streamIds(promptIds, settings)) {
        ids += 1;
        show(decoder.push(id));
      }
    } catch (error) {
      if (!stop.signal.aborted || this.#context.signal.aborted) throw error;
    } finally {
      this.#answering = undefined;
    }
    show(decoder.flush());
    return { answer, ids, stopped: stop.signal.aborted };
  }

  #remark(text: string): void {
    note(this.#context, style(this.#context.streams.color).dim(`note: ${text}`));
  }
}
