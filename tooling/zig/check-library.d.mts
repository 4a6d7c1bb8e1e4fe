export declare function checkLibrary(
  path: string,
  platform: string,
  hash: string,
): readonly string[];
