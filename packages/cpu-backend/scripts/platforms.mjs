// The platforms that the native library is published for, one package each, and the names of
// libraries and packages. The one table behind the cross build, the packages' manifests and the
// loader.

/**
 * Name of a platform, with what npm matches it by. A name is `<process.platform>-<process.arch>`,
 * with `-musl` where the C library is musl.
 */
export const PLATFORMS = {
  'linux-x64': { os: 'linux', cpu: 'x64', libc: 'glibc' },
  'linux-arm64': { os: 'linux', cpu: 'arm64', libc: 'glibc' },
  'linux-x64-musl': { os: 'linux', cpu: 'x64', libc: 'musl' },
  'darwin-arm64': { os: 'darwin', cpu: 'arm64' },
  'darwin-x64': { os: 'darwin', cpu: 'x64' },
  'win32-x64': { os: 'win32', cpu: 'x64' },
};

/**
 * Whether a Linux process runs on musl: only glibc states its version. `report` is a process
 * report; by default it is made here.
 */
export function usesMusl(platform = process.platform, report = undefined) {
  if (platform !== 'linux') return false;
  return (report ?? process.report.getReport()).header.glibcVersionRuntime === undefined;
}

let here;

/** Name of the platform that this process runs on, published or not. */
export const currentPlatform = () =>
  (here ??= `${process.platform}-${process.arch}${usesMusl() ? '-musl' : ''}`);

/** Name of the package with a platform's library. */
export const platformPackageName = (platform) => `@automodel/cpu-backend-${platform}`;

const EXTENSIONS = { win32: 'dll', darwin: 'dylib' };

/** File name of a platform's library. */
export const libraryFile = (platform) =>
  `automodel-cpu-${platform}.${EXTENSIONS[platform.split('-')[0]] ?? 'so'}`;
