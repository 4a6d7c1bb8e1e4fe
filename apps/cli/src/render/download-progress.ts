// How far a download is, as the live line: bytes, share, speed. Redrawn at most ten times a second,
// because a fast download reports more often than anyone reads.
import type { DownloadProgress } from '@automodel/hub';
import type { ProgressLine } from '../terminal/progress-line.js';
import { counted, sentence, when } from './sentence.js';
import { formatAbout, formatBytes } from './units.js';

const INTERVAL = 100;

/** A listener of downloads that shows them on `line` and its log. */
export function downloadProgress(
  line: ProgressLine,
  now: () => number = Date.now,
): (progress: DownloadProgress) => void {
  let [current, start, startBytes, shown] = ['', 0, 0, -Infinity];
  return ({ repository, bytes, totalBytes, files }) => {
    if (current !== repository)
      [current, start, startBytes, shown] = [repository, now(), bytes, -Infinity];
    const time = now();
    if (bytes < totalBytes && time - shown < INTERVAL) return;
    shown = time;
    const seconds = (time - start) / 1000;
    const rate = seconds > 0 ? (bytes - startBytes) / seconds : 0;
    const left = bytes < totalBytes && rate > 0 ? (totalBytes - bytes) / rate : undefined;
    const share = totalBytes === 0 ? 100 : Math.floor((100 * bytes) / totalBytes);
    const amount = `${formatBytes(bytes)} of ${formatBytes(totalBytes)}`;
    const speed = when(rate > 0, `${formatBytes(rate)}/s`);
    const rest = left === undefined ? undefined : `${formatAbout(left)} left`;
    line.update(
      {
        share: totalBytes === 0 ? 1 : bytes / totalBytes,
        parts: [amount, `downloading ${repository}`],
        left: rest,
        extras: speed === '' ? [] : [speed],
        plain: sentence([
          `downloading ${repository}: ${amount} in ${counted(files, 'file')}`,
          `${share} %`,
          speed,
          rest ?? '',
        ]),
      },
      true,
    );
    if (bytes === totalBytes) line.settle();
  };
}
