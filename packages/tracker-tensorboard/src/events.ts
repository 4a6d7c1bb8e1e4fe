// TensorBoard's records as bytes: Event and Summary messages with the field numbers of TensorFlow's
// event.proto, summary.proto and tensor.proto, and the hyperparameters of TensorBoard's hparams
// plugin.
import { bytesField, doubleField, floatField, integerField, message } from './protobuf.js';

const DT_STRING = 7;

/** Seconds since 1970, as events carry them. */
const wallTime = (time: Date): Buffer => doubleField(1, time.getTime() / 1000);

const summaryEvent = (time: Date, step: number, values: readonly Buffer[]): Buffer =>
  message(
    wallTime(time),
    integerField(2, step),
    bytesField(5, message(...values.map((value) => bytesField(1, value)))),
  );

const metadata = (plugin: string, content?: Buffer): Buffer =>
  bytesField(
    9,
    message(
      bytesField(
        1,
        message(bytesField(1, plugin), ...(content === undefined ? [] : [bytesField(2, content)])),
      ),
    ),
  );

/** The first record of every file. */
export const versionEvent = (time: Date): Buffer =>
  message(wallTime(time), bytesField(3, 'brain.Event:2'));

/** Numbers of one step, by tag. */
export const scalarsEvent = (
  time: Date,
  step: number,
  values: Readonly<Record<string, number>>,
): Buffer =>
  summaryEvent(
    time,
    step,
    Object.entries(values).map(([name, value]) =>
      message(bytesField(1, name), floatField(2, value)),
    ),
  );

/** A text, read as Markdown. */
export function textEvent(time: Date, step: number, name: string, markdown: string): Buffer {
  const shape = bytesField(2, bytesField(2, integerField(1, 1)));
  return summaryEvent(time, step, [
    message(
      bytesField(1, name),
      bytesField(8, message(integerField(1, DT_STRING), shape, bytesField(8, markdown))),
      metadata('text'),
    ),
  ]);
}

function settingValue(value: string | number | boolean): Buffer {
  if (typeof value === 'number') return doubleField(2, value);
  if (typeof value === 'string') return bytesField(3, value);
  return integerField(4, value ? 1 : 0);
}

/** What the hparams page lists a run under. */
export function settingsEvent(
  time: Date,
  settings: Readonly<Record<string, string | number | boolean>>,
): Buffer {
  const entries = Object.entries(settings).map(([key, value]) =>
    bytesField(1, message(bytesField(1, key), bytesField(2, settingValue(value)))),
  );
  const started = message(...entries, doubleField(5, time.getTime() / 1000));
  return summaryEvent(time, 0, [
    message(
      bytesField(1, '_hparams_/session_start_info'),
      metadata('hparams', message(bytesField(3, started))),
    ),
  ]);
}

const STATUS = { finished: 1, failed: 2, stopped: 2 } as const;

/** How the run of the hparams page ended. */
export const endEvent = (time: Date, status: keyof typeof STATUS): Buffer =>
  summaryEvent(time, 0, [
    message(
      bytesField(1, '_hparams_/session_end_info'),
      metadata(
        'hparams',
        message(
          bytesField(
            4,
            message(integerField(1, STATUS[status]), doubleField(2, time.getTime() / 1000)),
          ),
        ),
      ),
    ),
  ]);
