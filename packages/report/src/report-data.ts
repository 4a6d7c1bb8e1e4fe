// What a report shows, as plain data that the run collects; the report does not know the run. Steps
// and epochs count from 0, as in metrics.jsonl.

/** One optimizer step. */
export interface ReportStep {
  readonly step: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly tokensPerSecond: number;
  readonly memoryGib: number;
}

/** One validation. */
export interface ReportValidation {
  /** Name of the set; the plain one is `default`. */
  readonly name: string;
  readonly step: number;
  readonly loss: number;
}

/** One sample generation. */
export interface ReportSample {
  readonly prompt: string;
  readonly expected: string;
  readonly answer: string;
  readonly correct: boolean;
}

/** Answers to rows whose expected answers are a few labels. */
export interface ReportConfusion {
  /** The expected answers, in order of the alphabet. */
  readonly labels: readonly string[];
  /** A row for each label: how often each label was the answer, and last anything else. */
  readonly counts: readonly (readonly number[])[];
}

/** How answers were scored by one metric. */
export interface ReportScore {
  readonly name: string;
  readonly value: number;
  /** By the label that was expected. */
  readonly labels?: Readonly<Record<string, number>> | undefined;
}

/** Answers to held-out rows at one moment. */
export interface ReportEvaluation {
  /** Steps done by then. */
  readonly steps: number;
  readonly total: number;
  readonly correct: number;
  /** Share from 0 to 1; undefined: not measured. */
  readonly exactMatch: number | undefined;
  /** By every metric; absent where only samples were answered. */
  readonly scores?: readonly ReportScore[] | undefined;
  readonly samples: readonly ReportSample[];
  /** Of the rows that were answered; absent: their expected answers are not labels. */
  readonly confusion?: ReportConfusion | undefined;
}

/** What the plan predicted. */
export interface ReportPlan {
  readonly peakBytes: number;
  /** What the peak is made of. */
  readonly memory: readonly { readonly label: string; readonly bytes: number }[];
  /** Lower bound of one step on the device. */
  readonly stepSeconds: number;
}

/** A data set that the run read. */
export interface ReportDataset {
  readonly name: string;
  readonly file: string;
  readonly rows: number;
  readonly tokens: number;
  readonly trainedTokens: number;
}

/** The model that was trained. */
export interface ReportModel {
  readonly type: string;
  readonly path: string;
  readonly parameters: number;
  readonly precision: string;
  readonly fromScratch: boolean;
  readonly adapter?:
    { readonly name: string; readonly modules: number; readonly parameters: number } | undefined;
}

/** Everything that a report shows. */
export interface ReportData {
  /** Name of the run folder. */
  readonly name: string;
  readonly status: 'running' | 'finished' | 'stopped' | 'failed';
  /** Error of a failed run. */
  readonly message?: string | undefined;
  readonly startedAt: Date;
  readonly updatedAt: Date;
  /** Wall time of the training since the run started or resumed; undefined: no step has run. */
  readonly trainingSeconds?: number | undefined;
  /** 0: not known yet. */
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly model: ReportModel | undefined;
  readonly datasets: readonly ReportDataset[];
  /** In order. */
  readonly steps: readonly ReportStep[];
  readonly validations: readonly ReportValidation[];
  readonly evaluations: readonly ReportEvaluation[];
  /** A range test, and the rate that was taken from it. */
  readonly rangeTest?:
    | {
        readonly learningRate: number;
        readonly points: readonly {
          readonly learningRate: number;
          readonly loss: number;
          readonly smoothed: number;
        }[];
      }
    | undefined;
  readonly plan: ReportPlan | undefined;
  /** Median wall time of one step. */
  readonly stepSeconds: number | undefined;
  /** YAML, secrets hidden. */
  readonly recipe: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
  /** What was written, with the place of each. */
  readonly saved: readonly { readonly what: string; readonly path: string }[];
  readonly nextCommand: string | undefined;
}
