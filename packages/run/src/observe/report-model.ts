// What a report says of the model that is trained.
import type { ReportData } from '@automodel/report';
import type { ModelEvent } from '../events/run-events.js';

export const modelOf = ({
  modelType: type,
  path,
  parameters,
  precision,
  fromScratch,
  adapter,
}: ModelEvent): ReportData['model'] => ({
  type,
  path,
  parameters,
  precision,
  fromScratch,
  adapter: adapter && {
    name: adapter.name,
    modules: adapter.modules.length,
    parameters: adapter.parameters,
  },
});
