// What a plan verifier knows of a byte: the value it holds, who wrote it, and who read it since.

/** `writer` is -1 for bytes bound before the run; `readers` are steps that read them since. */
export interface ByteHistory {
  readonly value: number;
  readonly writer: number;
  readonly readers: readonly number[];
}

/** Bytes that `writer` has just given a value. */
export const writtenBy = (value: number, writer: number): ByteHistory => ({
  value,
  writer,
  readers: [],
});

/** The same bytes after `step` has read them. */
export const readBy = (history: ByteHistory, step: number): ByteHistory =>
  history.readers.at(-1) === step ? history : { ...history, readers: [...history.readers, step] };

/** True where neighbouring bytes have one history. */
export const isSameWrite = (a: ByteHistory, b: ByteHistory): boolean =>
  a.value === b.value && a.writer === b.writer && a.readers.length + b.readers.length === 0;
