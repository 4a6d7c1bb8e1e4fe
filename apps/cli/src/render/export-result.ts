// What an export wrote, what was compared, and what to type next.
import type { ExportResult } from '@automodel/contracts';

/** Lines for stdout. */
export const renderExport = ({ path, checks, command }: ExportResult): string[] => [
  `exported ${path}`,
  ...checks.map((check) => `checked  ${check}`),
  '',
  `next: ${command}`,
];
