export { renderReport } from './render-report.js';
export type {
  ReportData,
  ReportDataset,
  ReportEvaluation,
  ReportModel,
  ReportPlan,
  ReportSample,
  ReportStep,
  ReportValidation,
} from './report-data.js';
