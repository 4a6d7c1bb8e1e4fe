export declare function publishedFolder(platform: string): string;
export declare function publishedManifest(platform: string): Readonly<Record<string, unknown>>;
export declare function layOutPackage(
  platform: string,
  library: string | undefined,
  folder?: string,
): string;
