// Generates the table of fields in docs/filters.md.

const units = {
  bitsPerSecond: 'bits per second',
  packetsPerSecond: 'packets per second',
  bytes: 'bytes',
  count: 'count',
  seconds: 'seconds',
  port: 'port',
  number: 'number',
  address: 'address',
  name: 'name',
  label: 'name',
};

const code = (words) => words.map((word) => `\`${word}\``).join(' ');

/** Dotted, as printed; '' if NDJSON lacks the field. */
function jsonPath(field, properties) {
  const property = properties.find(({ field: name }) => name === field.name);
  if (!property || property.json === null) return '';
  const parts = property.path.split('.');
  parts[parts.length - 1] = property.json?.name ?? parts.at(-1);
  return `\`${parts.join('.')}\``;
}

export function fieldTable({ fields, allRowProperties, findGroupKey }) {
  const rows = fields.map((field) =>
    [
      `\`${field.name}\``,
      code(field.aliases),
      units[field.kind],
      field.isSortable ? 'yes' : '',
      findGroupKey(field.name) || field.group?.name ? `\`${field.group?.name ?? field.name}\`` : '',
      jsonPath(field, allRowProperties),
      field.description,
    ].join(' | '),
  );
  return [
    '| field | or | unit | sorts | groups by | in NDJSON | what it is |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n');
}
