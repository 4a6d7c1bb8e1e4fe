export declare const packageFolder: string;
export declare function hashSources(folders: readonly string[], words?: readonly string[]): string;
/** Undefined where the sources are not on disk (an installed package). */
export declare function sourceHash(): string | undefined;
export declare function libraryPath(): string;
