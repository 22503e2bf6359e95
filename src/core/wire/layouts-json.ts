// Layouts of records as JSON: what a recording's header holds of them.
import { z } from 'zod';
import type { FieldPlace, RecordLayout, RecordLayouts } from './record-layout.js';
import { BatchError } from './sections.js';

const LAYOUTS_MAX = 64;
const FIELDS_MAX = 256;
const RECORD_BYTES_MAX = 4096;

const bytes = z.number().int().min(0).max(RECORD_BYTES_MAX);
/** Offset, width, count. */
const place = z.tuple([
  bytes,
  z.union([z.literal(1), z.literal(2), z.literal(4), z.literal(8)]),
  bytes.min(1),
]);
const layout = z
  .object({ size: bytes.min(1), fields: z.array(z.tuple([z.string(), place])).max(FIELDS_MAX) })
  .refine(
    ({ size, fields }) => fields.every(([, [at, width, count]]) => at + width * count <= size),
    {
      message: 'a field lies outside of its record',
    },
  );
const layouts = z
  .array(
    z.tuple([
      z
        .number()
        .int()
        .min(0)
        .max(2 ** 32 - 1),
      layout,
    ]),
  )
  .max(LAYOUTS_MAX);

/** `[[3, {"size": 192, "fields": [["counters.packets", [8, 8, 2]]]}]]`: of a field offset, width, count. */
export type LayoutsJson = z.infer<typeof layouts>;

export function layoutsToJson(all: RecordLayouts): LayoutsJson {
  return Array.from(all, ([id, { size, fields }]) => [
    id,
    {
      size,
      fields: Array.from(fields, ([name, { offset, width, count }]) => [
        name,
        [offset, width, count],
      ]),
    },
  ]);
}

/** From an untrusted file. Throws BatchError. */
export function layoutsFromJson(value: unknown): RecordLayouts {
  const parsed = layouts.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BatchError(
      `the layouts of records are unreadable: ${issue?.path.join('.')}: ${issue?.message}`,
    );
  }
  return new Map(
    parsed.data.map(([id, { size, fields }]): [number, RecordLayout] => [
      id,
      {
        size,
        fields: new Map(
          fields.map(([name, [offset, width, count]]): [string, FieldPlace] => [
            name,
            { offset, width, count },
          ]),
        ),
      },
    ]),
  );
}
