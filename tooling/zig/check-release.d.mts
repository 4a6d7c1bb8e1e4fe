/**
 * Complaints about platform packages, one line each; `folderOf` gives the folder that is published
 * for a platform.
 */
export declare function checkPlatformPackages(
  folderOf?: (platform: string) => string,
): readonly string[];
