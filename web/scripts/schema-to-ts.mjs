// JSON Schema (as schemars and utoipa write it) to TypeScript. Only what those two use; anything else
// stops the generation instead of becoming a wrong type.

const IGNORED = new Set([
  '$schema',
  'title',
  'description',
  'format',
  'default',
  'example',
  'examples',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'pattern',
  'deprecated',
  'readOnly',
  'writeOnly',
  'discriminator',
  'contentMediaType',
  'contentEncoding',
  'multipleOf',
  'propertyNames',
]);
const KNOWN = new Set([
  '$ref',
  '$defs',
  'type',
  'enum',
  'const',
  'oneOf',
  'anyOf',
  'allOf',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'prefixItems',
]);

const key = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
const indent = (text) => text.replace(/^/gm, '  ');

function comment(schema) {
  const text = schema?.description?.trim().replaceAll('*/', '* /');
  if (!text) return '';
  const lines = text.split('\n');
  return lines.length === 1
    ? `/** ${text} */\n`
    : `/**\n${lines.map((l) => ` * ${l}`.trimEnd()).join('\n')}\n */\n`;
}

const wrap = (type) => (/[|&]/.test(type) && !/^[{(]/.test(type) ? `(${type})` : type);

function union(types) {
  return [...new Set(types)].join(' | ') || 'never';
}

function objectType(schema) {
  const required = new Set(schema.required ?? []);
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, value]) => `${comment(value)}${key(name)}${required.has(name) ? '' : '?'}: ${typeOf(value)};`,
  );
  const more = schema.additionalProperties;
  if (members.length === 0) {
    if (more && typeof more === 'object') return `Record<string, ${typeOf(more)}>`;
    return more === false ? 'Record<string, never>' : 'Record<string, unknown>';
  }
  return `{\n${indent(members.join('\n'))}\n}`;
}

function arrayType(schema) {
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  return schema.items ? `${wrap(typeOf(schema.items))}[]` : 'unknown[]';
}

function byName(name, schema) {
  switch (name) {
    case 'string':
      return 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return arrayType(schema);
    case 'object':
      return objectType(schema);
    default:
      throw new Error(`unknown type ${name}`);
  }
}

/** A schema as a TypeScript type. */
export function typeOf(schema) {
  if (schema === true) return 'unknown';
  if (schema === false) return 'never';
  for (const word of Object.keys(schema))
    if (!KNOWN.has(word) && !IGNORED.has(word) && !word.startsWith('x-'))
      throw new Error(`the generator does not know the keyword ${word}`);
  if (schema.$ref) {
    const { $ref, ...beside } = schema;
    const name = $ref.split('/').pop();
    // A tagged variant: the tag stands beside the reference.
    return beside.properties ? `${typeOf({ type: 'object', ...beside })} & ${name}` : name;
  }
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((v) => JSON.stringify(v)));
  const variants = schema.oneOf ?? schema.anyOf;
  const parts = [];
  if (schema.allOf) parts.push(...schema.allOf.map((s) => wrap(typeOf(s))));
  if (variants) parts.push(wrap(union(variants.map(typeOf))));
  if (schema.properties || (schema.type && !variants && !schema.allOf)) {
    const names = schema.type ? [schema.type].flat() : ['object'];
    parts.push(wrap(union(names.map((name) => byName(name, schema)))));
  }
  if (parts.length === 0) return 'unknown';
  return parts.length === 1 ? parts[0].replace(/^\(([^()]*)\)$/, '$1') : parts.join(' & ');
}

/** One exported type. */
export function declare(name, schema) {
  return `${comment(schema)}export type ${name} = ${typeOf(schema)};\n`;
}

/** Definitions of several documents by name; two that differ under one name are an error. */
export function collect(documents) {
  const all = new Map();
  const put = (name, schema) => {
    const known = all.get(name);
    if (known && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two different definitions of ${name}`);
    all.set(name, schema);
  };
  for (const { name, schema } of documents) {
    const { $defs, ...root } = schema;
    for (const [inner, value] of Object.entries($defs ?? {})) put(inner, value);
    put(name, root);
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1));
}
