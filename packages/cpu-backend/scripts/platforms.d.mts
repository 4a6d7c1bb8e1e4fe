export interface Platform {
  readonly os: string;
  readonly cpu: string;
  readonly libc?: string;
}
export declare const PLATFORMS: Readonly<Record<string, Platform>>;
export declare function usesMusl(
  platform?: string,
  report?: { readonly header: { readonly glibcVersionRuntime?: string } },
): boolean;
export declare function currentPlatform(): string;
export declare function platformPackageName(platform: string): string;
export declare function libraryFile(platform: string): string;
