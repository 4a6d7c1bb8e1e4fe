// Numbers as the comparison prints them.

export const rateOf = (tokensPerSecond: number): string =>
  `${tokensPerSecond.toFixed(tokensPerSecond < 100 ? 1 : 0)} tokens/s`;

export const sizeOf = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

export const bandwidthOf = (bytesPerSecond: number): string =>
  `${(bytesPerSecond / 1e9).toFixed(1)} GB/s`;

export const timesOf = (ratio: number): string => `${ratio.toFixed(2)} x`;
