import { beforeAll, describe, expect, it } from 'vitest';
import { DecodeStream, labelText, renderAssistantTurns, Tokenizer } from '../src/index.js';
import { readGolden, tokenizerFolder, tokenizerNames } from './golden-tokenizers.js';

describe.each(tokenizerNames)('%s', (name) => {
  const golden = readGolden(name);
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await Tokenizer.fromPretrained(tokenizerFolder(name));
  });

  it('has texts to compare', () => {
    expect(golden.texts.length).toBe(40);
    expect(golden.chats.length).toBe(name === 'unigram' ? 0 : 5);
  });

  it.each(golden.texts)('encodes and decodes $text', (reference) => {
    expect(tokenizer.encode(reference.text)).toEqual(reference.ids);
    expect(tokenizer.encode(reference.text, { addSpecialTokens: false })).toEqual(
      reference.ids_no_special,
    );
    expect(tokenizer.decode(reference.ids)).toBe(reference.decoded);
    expect(tokenizer.decode(reference.ids, { skipSpecialTokens: true })).toBe(
      reference.decoded_skip_special,
    );
  });

  it.each(golden.texts)('streams $text', (reference) => {
    for (const [skipSpecialTokens, decoded] of [
      [false, reference.decoded],
      [true, reference.decoded_skip_special],
    ] as const) {
      const stream = new DecodeStream(tokenizer, { skipSpecialTokens });
      const pieces = reference.ids.map((id) => stream.push(id));
      expect([...pieces, stream.flush()].join('')).toBe(decoded);
    }
  });

  it.each(golden.chats)('renders $messages', (chat) => {
    const options = { addGenerationPrompt: chat.add_generation_prompt ?? false };
    if (chat.error !== undefined) {
      expect(() => tokenizer.applyChatTemplate(chat.messages, options)).toThrow(chat.error);
      return;
    }
    expect(tokenizer.applyChatTemplate(chat.messages, options)).toBe(chat.text);
    expect(tokenizer.encodeChat(chat.messages, options)).toEqual(chat.ids);
  });

  it.each(golden.chats.filter((chat) => chat.assistant_mask))('masks $messages', (chat) => {
    const { text, turns } = renderAssistantTurns(tokenizer.chatTemplate(), chat.messages, {
      specialTokens: tokenizer.specialTexts,
      location: 'golden',
    });
    const { inputIds, labels } = labelText(
      tokenizer,
      text,
      turns.flatMap(({ spans }) => spans),
    );
    expect(inputIds).toEqual(chat.ids);
    expect(labels.map((label) => (label === -100 ? 0 : 1))).toEqual(chat.assistant_mask);
    expect(labels.filter((label) => label !== -100)).toEqual(
      inputIds.filter((_, i) => chat.assistant_mask?.[i] === 1),
    );
    expect(turns.every(({ endToken }) => endToken !== undefined)).toBe(true);
  });
});
