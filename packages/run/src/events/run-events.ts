// The events of a run besides those of the training loop: data, the preview of label masks, exact
// match and where things were written.
import type { ExportResult } from '@automodel/contracts';
import type { DatasetReport, LabelPiece, RowSource } from '@automodel/data';
import type { DownloadProgress } from '@automodel/hub';
import type { ProfileSummary, RangeTestPoint, TrainEvent } from '@automodel/train';
import type { Answer } from '../evaluation/answer-rows.js';
import type { Confusion } from '../evaluation/confusion-counts.js';
import type { MetricScore } from '../evaluation/metrics/metric.js';
import type { Ending } from '../folder/ending-file.js';
import type { RecipeNote } from '@automodel/recipe';

/** Files are being downloaded from the hub. */
export interface DownloadEvent extends DownloadProgress {
  readonly type: 'download';
}

/** A remark about files of the hub; not an error. */
export interface HubNoteEvent {
  readonly type: 'hub-note';
  readonly text: string;
}

/** The model that was opened; `parameters` counts elements. */
export interface ModelEvent {
  readonly type: 'model';
  readonly modelType: string;
  readonly path: string;
  readonly fromScratch: boolean;
  readonly parameters: number;
  /**
   * What is trained in place of the model's weights: the modules it attaches to, and its own
   * elements.
   */
  readonly adapter:
    | { readonly name: string; readonly modules: readonly string[]; readonly parameters: number }
    | undefined;
  readonly precision: string;
  readonly notes: readonly string[];
}

/** The run resumes from a checkpoint. */
export interface ResumedEvent {
  readonly type: 'resumed';
  readonly path: string;
  /** The first step it runs, from 0. */
  readonly step: number;
  /** Saved on another kind of machine or by another version: results are not bitwise the same. */
  readonly numericsChanged: boolean;
}

/**
 * Somebody else holds the run's folder and shows no sign of life: the run begins when that has
 * lasted long enough.
 */
export interface WaitingEvent {
  readonly type: 'waiting';
  /** The run's folder. */
  readonly directory: string;
  /** Who holds it; absent: its lock cannot be read. */
  readonly process?: number | undefined;
  readonly host?: string | undefined;
  /** How long it may take. */
  readonly seconds: number;
}

/**
 * The run's folder holds its result already, from an earlier start: nothing is trained. What that
 * start was ended before is made up for.
 */
export interface FinishedEvent {
  readonly type: 'finished';
  readonly directory: string;
  /** The model an adapter belongs to; absent: the folder is a model. */
  readonly base?: string | undefined;
  /** Steps it took, if its metrics tell. */
  readonly steps?: number | undefined;
  readonly metrics: string;
  readonly recipe: string;
  /** report.html, if it is there. */
  readonly report?: string | undefined;
  /** What is made up for; absent: nothing was left. */
  readonly ending?: Ending | undefined;
}

/** Keys of the recipe without effect. */
export interface NotesEvent {
  readonly type: 'notes';
  readonly notes: readonly RecipeNote[];
}

/** A data set that was read. */
export interface DatasetEvent {
  readonly type: 'dataset';
  /** `train`, or the name of a validation set. */
  readonly name: string;
  readonly file: string;
  readonly report: DatasetReport;
}

/** Label masks of the first rows, to be looked at before training. */
export interface PreviewEvent {
  readonly type: 'preview';
  readonly examples: readonly {
    readonly source: RowSource;
    readonly pieces: readonly LabelPiece[];
  }[];
}

/** A range test found the learning rate that the run uses. */
export interface LearningRateEvent {
  readonly type: 'learning-rate';
  readonly learningRate: number;
  readonly points: readonly RangeTestPoint[];
}

/** Progress, after each answered row. */
export interface EvaluationProgressEvent {
  readonly type: 'evaluation-progress';
  readonly when: 'before' | 'after';
  readonly done: number;
  readonly total: number;
  readonly correct: number;
}

/** Held-out rows that were answered. */
export interface EvaluationEvent {
  readonly type: 'evaluation';
  /** `during`: after a validation, sample answers only. */
  readonly when: 'before' | 'during' | 'after';
  readonly total: number;
  readonly correct: number;
  /** Share from 0 to 1; undefined when exact match was not asked for. */
  readonly exactMatch: number | undefined;
  /** By every metric that the recipe names, exact match too; empty for samples only. */
  readonly scores: readonly MetricScore[];
  /** The first rows, in full. */
  readonly samples: readonly Answer[];
  /** Of the rows that were answered; absent: their expected answers are not a few labels. */
  readonly confusion?: Confusion | undefined;
}

/** The result, once it is on disk. */
export interface SavedEvent {
  readonly type: 'saved';
  readonly directory: string;
  /** The model an adapter belongs to; absent: the folder is a model. */
  readonly base?: string | undefined;
  readonly files: readonly string[];
  /** The step with the lowest validation loss, whose weights these are, if they were asked for. */
  readonly best?: { readonly step: number; readonly loss: number } | undefined;
  readonly metrics: string;
  readonly recipe: string;
}

/** The result in another tool's form. */
export interface ExportedEvent {
  readonly type: 'exported';
  /** Name of the exporter. */
  readonly to: string;
  readonly result: ExportResult;
}

/** The run's report, when it is complete. */
export interface ReportEvent {
  readonly type: 'report';
  readonly path: string;
}

/** The steps that a profile is made of were measured, or the run ended before all of them. */
export interface ProfileEvent {
  readonly type: 'profile';
  /** The trace. */
  readonly path: string;
  /** Absent: nothing is written. */
  readonly summary?: ProfileSummary | undefined;
  /** Why nothing is written; the run goes on. */
  readonly problem?: string | undefined;
}

/**
 * A tracker was opened and can be looked at, or something is wrong with it (or with the report).
 * The run goes on in either case.
 */
export interface TrackerEvent {
  readonly type: 'tracker';
  readonly name: string;
  readonly location?: string | undefined;
  readonly problem?: string | undefined;
}

/** Every event of a run. */
export type RunEvent =
  | DownloadEvent
  | HubNoteEvent
  | ModelEvent
  | WaitingEvent
  | FinishedEvent
  | ResumedEvent
  | NotesEvent
  | DatasetEvent
  | PreviewEvent
  | LearningRateEvent
  | EvaluationProgressEvent
  | EvaluationEvent
  | SavedEvent
  | ExportedEvent
  | ReportEvent
  | ProfileEvent
  | TrackerEvent
  | TrainEvent;
