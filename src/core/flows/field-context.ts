// What a field needs beside the columns to have a value: time, interval, labels.

export interface FieldContext {
  readonly nowUs: number;
  /** Of the last tick: rates are over it. */
  readonly intervalSeconds: number;
  /** Since start. */
  readonly elapsedSeconds: number;
  /** A summary: rates are means over the run. */
  readonly final: boolean;
  /** Text of a code in a dictionary of src/core/enrich; '' where the flow has none. */
  label(dictionary: string, code: number): string;
}
