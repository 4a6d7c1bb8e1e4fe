export { isShareOfRows, metricLabel, metricOfLabel } from './format/metric-label.js';
export { formatDuration } from './format/units.js';
export { pagePolicy, renderLivePage, renderReport } from './render-report.js';
export { runView, type RunView } from './run-view.js';
export type {
  ReportConfusion,
  ReportData,
  ReportDataset,
  ReportEvaluation,
  ReportModel,
  ReportPlan,
  ReportSample,
  ReportScore,
  ReportStep,
  ReportValidation,
} from './report-data.js';
