// Where a row of data stands, for errors and previews.

export interface RowSource {
  readonly file: string;
  /** From 1: the line of a JSON lines file, the element of a JSON array. */
  readonly row: number;
}

/** `file:row`, as errors show it. */
export function locationOf(source: RowSource): string {
  return `${source.file}:${source.row}`;
}
