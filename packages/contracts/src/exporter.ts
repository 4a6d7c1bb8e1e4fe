// What an exporter is: it writes a trained model, or an adapter on one, in the form that another
// tool loads. It knows neither backends nor model packages; the caller computes logits for it.
import type { ParameterNames } from './parameter-names.js';

/** A model folder in Hugging Face's layout, and a PEFT adapter folder on top of it. */
export interface ExportSource {
  readonly model: string;
  readonly adapter?: string | undefined;
}

export interface ExportRequest extends ExportSource {
  /** Where the result goes: a folder, or a file where the exporter's format is one. */
  readonly output: string;
  /** One of the exporter's `types`; absent: as the weights are stored. */
  readonly type?: string | undefined;
  /** What the model calls its embedding and head. Absent: nothing here knows the model. */
  readonly names?: ParameterNames | undefined;
  /**
   * f32[T,V]: what training computes for these tokens, in the precision of the weights. Errors:
   * those of opening model and adapter; `missing-plugin` and `unsupported` where nothing here
   * computes the model.
   */
  logits(source: ExportSource, ids: readonly number[]): Promise<Float32Array>;
}

export interface ExportResult {
  /** Absolute: the folder or file to load. */
  readonly path: string;
  /** What was written, absolute. */
  readonly files: readonly string[];
  /** What a user should know, a sentence each. */
  readonly notes: readonly string[];
  /** What was compared after writing, a sentence each. */
  readonly checks: readonly string[];
  /** The command that serves the result. */
  readonly command: string;
}

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
   * Errors: `unsupported` by name for what the format cannot express, `conflict` for an output that
   * holds other files; nothing is left behind then.
   */
  export(request: ExportRequest): Promise<ExportResult>;
}
