// An exporter writes a trained model, or an adapter on one, in the form that another tool loads. It
// knows neither backends nor model packages; the caller computes logits for it.
import type { ParameterNames } from './parameter-names.js';

/** A model folder in Hugging Face's layout, and a PEFT adapter folder on top of it. */
export interface ExportSource {
  readonly model: string;
  readonly adapter?: string | undefined;
}

/** What to export, where to, and what the exporter may ask of the caller. */
export interface ExportRequest extends ExportSource {
  /** Where the result goes: a folder, or a file if that is the exporter's format. */
  readonly output: string;
  /**
   * What exists at `output` already. True: it is replaced once the new files are complete; false:
   * it is refused. Absent: what an earlier export wrote there, and nothing else, is replaced.
   */
  readonly overwrite?: boolean | undefined;
  /** One of the exporter's `types`; absent: as the weights are stored. */
  readonly type?: string | undefined;
  /** The names of the model's embedding and head. Absent: no plugin implements the model. */
  readonly names?: ParameterNames | undefined;
  /**
   * f32[T,V]: the logits that training computes for these tokens, in the precision of the weights.
   * Errors: those of opening model and adapter; `missing-plugin` and `unsupported` if no plugin
   * implements the model.
   */
  logits(source: ExportSource, ids: readonly number[]): Promise<Float32Array>;
}

/** What an export wrote and checked. */
export interface ExportResult {
  /** Absolute: the folder or file to load. */
  readonly path: string;
  /** The files that were written, as absolute paths. */
  readonly files: readonly string[];
  /** What a user should know, one sentence each. */
  readonly notes: readonly string[];
  /** What was compared after writing, one sentence each. */
  readonly checks: readonly string[];
  /** The command that serves the result. */
  readonly command: string;
}

/** An exporter for one tool. */
export interface ExporterPlugin {
  readonly kind: 'exporter';
  readonly apiVersion: 1;
  /** Its name after `--to`. */
  readonly name: string;
  /** One line for listings. */
  readonly summary: string;
  /** Storage types it can write; absent: it takes none. */
  readonly types?: readonly string[] | undefined;
  /**
   * Errors: `unsupported`, naming what the format cannot express; `conflict` for an output that
   * holds other files. A failed export leaves nothing behind.
   */
  export(request: ExportRequest): Promise<ExportResult>;
}
