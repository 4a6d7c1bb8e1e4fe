// A SentencePiece model (`tokenizer.model`): its pieces and what it does to a text before it looks
// for them. Field numbers are those of sentencepiece_model.proto.
import { protobufFields, type FieldValue } from './protobuf-fields.js';

export const PIECE_TYPE = {
  normal: 1,
  unknown: 2,
  control: 3,
  userDefined: 4,
  unused: 5,
  byte: 6,
} as const;

export interface SentencePiece {
  readonly piece: string;
  readonly score: number;
  /** One of `PIECE_TYPE`. */
  readonly type: number;
}

export interface SentencePieceModel {
  readonly pieces: readonly SentencePiece[];
  readonly kind: 'Unigram' | 'BPE' | 'word' | 'character';
  readonly unknownId: number;
  readonly byteFallback: boolean;
  readonly spaceAsSuffix: boolean;
  /** Pieces of bos, eos, unk and pad where the model has them. */
  readonly named: Readonly<Record<'bos_token' | 'eos_token' | 'unk_token', string | undefined>>;
  readonly characterMap: Buffer;
  readonly addsPrefix: boolean;
  readonly removesSpaces: boolean;
  readonly escapesSpaces: boolean;
}

const KINDS = ['Unigram', 'BPE', 'word', 'character'] as const;

/** Undefined for bytes that are no such model. */
export function readSentencePiece(bytes: Buffer): SentencePieceModel | undefined {
  const model = Message.read(bytes);
  const pieces = model?.messages(1)?.map((piece) => ({
    piece: piece.text(1, ''),
    score: piece.float(2),
    type: piece.number(3, PIECE_TYPE.normal),
  }));
  const trainer = Message.read(model?.bytes(2));
  const normalizer = Message.read(model?.bytes(3));
  if (pieces === undefined || pieces.length === 0 || !trainer || !normalizer) return undefined;
  const pieceAt = (id: number): string | undefined =>
    id < pieces.length ? pieces[id]?.piece : undefined;
  return {
    pieces,
    kind: KINDS[trainer.number(3, 1) - 1] ?? 'word',
    unknownId: trainer.number(40, 0),
    byteFallback: trainer.flag(35, false),
    spaceAsSuffix: trainer.flag(24, false),
    named: {
      unk_token: pieceAt(trainer.number(40, 0)),
      bos_token: pieceAt(trainer.number(41, 1)),
      eos_token: pieceAt(trainer.number(42, 2)),
    },
    characterMap: normalizer.bytes(2),
    addsPrefix: normalizer.flag(3, true),
    removesSpaces: normalizer.flag(4, true),
    escapesSpaces: normalizer.flag(5, true),
  };
}

/** A message whose fields have defaults. */
class Message {
  readonly #fields: ReadonlyMap<number, readonly FieldValue[]>;

  private constructor(fields: ReadonlyMap<number, readonly FieldValue[]>) {
    this.#fields = fields;
  }

  static read(bytes: Buffer | undefined): Message | undefined {
    const fields = bytes === undefined ? undefined : protobufFields(bytes);
    return fields === undefined ? undefined : new Message(fields);
  }

  /** Negative ids are written as very large numbers. */
  number(field: number, fallback: number): number {
    const value = this.#last(field);
    return typeof value === 'number' ? value : fallback;
  }

  flag(field: number, fallback: boolean): boolean {
    return this.number(field, fallback ? 1 : 0) !== 0;
  }

  bytes(field: number): Buffer {
    const value = this.#last(field);
    return typeof value === 'object' ? value : Buffer.alloc(0);
  }

  text(field: number, fallback: string): string {
    const value = this.#last(field);
    return typeof value === 'object' ? value.toString('utf8') : fallback;
  }

  float(field: number): number {
    const bytes = this.bytes(field);
    return bytes.length === 4 ? bytes.readFloatLE() : 0;
  }

  messages(field: number): readonly Message[] | undefined {
    const all = (this.#fields.get(field) ?? []).map((value) =>
      typeof value === 'object' ? Message.read(value) : undefined,
    );
    return all.every((message) => message !== undefined) ? all : undefined;
  }

  #last(field: number): FieldValue | undefined {
    return this.#fields.get(field)?.at(-1);
  }
}
