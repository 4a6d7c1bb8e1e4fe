/** Compiler flags of each instruction set, by `process.arch`. */
export declare const INSTRUCTION_SETS: Readonly<
  Record<string, Readonly<Record<string, readonly string[]>>>
>;
export declare function compileLibrary(options: {
  readonly compiler: readonly string[];
  readonly platform: { readonly os: string; readonly cpu: string };
  readonly objects: string;
  readonly library: string;
  readonly hash: string;
  readonly linkFlags?: readonly string[];
  readonly instructionSet?: string;
  readonly skipUnknown?: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}): Promise<void>;
