// One item of the list: commands that run one after the other in an empty folder, and leave there
// what is compared. The commands are those of the command line, which a refactor does not change.
export interface ListCommand {
  /** Words after `automodel`. */
  readonly words: readonly string[];
  /** File that keeps what the command prints; absent: it is not compared. */
  readonly output?: string;
}

export interface ListItem {
  /** Says what it is, as a path. */
  readonly name: string;
  readonly commands: readonly ListCommand[];
}

/** Where the inputs lie, which are the same ones for both commits, and how to compute. */
export interface ListContext {
  /** The goldens and the quickstart of the base. */
  readonly goldens: string;
  readonly quickstart: string;
  /** Folder `inputs` of this tool. */
  readonly inputs: string;
  readonly threads: number;
}
