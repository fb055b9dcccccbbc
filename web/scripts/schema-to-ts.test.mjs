import { expect, it } from 'vitest';
import { collect, declare, typeOf } from './schema-to-ts.mjs';

it.each([
  [{ type: 'string', format: 'uuid' }, 'string'],
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ type: 'integer', format: 'int64', minimum: 0 }, 'number'],
  [{ enum: ['a', 'b'], type: 'string' }, '"a" | "b"'],
  [{ const: 'hello', type: 'string' }, '"hello"'],
  [{ type: 'array', items: { type: ['number', 'null'] } }, '(number | null)[]'],
  [{ type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], minItems: 2 }, '[string, number]'],
  [{ anyOf: [{ $ref: '#/$defs/Job' }, { type: 'null' }] }, 'Job | null'],
  [true, 'unknown'],
  [
    { $ref: '#/$defs/Pings', properties: { type: { const: 'pings' } }, required: ['type'] },
    '{\n  type: "pings";\n} & Pings',
  ],
  [{ type: 'object', additionalProperties: { type: 'boolean' } }, 'Record<string, boolean>'],
])('%j is %s', (schema, type) => {
  expect(typeOf(schema)).toBe(type);
});

it('keeps what is optional optional, and says what the schema says', () => {
  const schema = {
    description: 'A frame.',
    type: 'object',
    required: ['type'],
    properties: { type: { const: 'ack' }, upto: { description: 'Settled.', type: 'integer' } },
  };
  expect(declare('Ack', schema)).toBe(
    '/** A frame. */\nexport type Ack = {\n  type: "ack";\n  /** Settled. */\n  upto?: number;\n};\n',
  );
});

it('joins a variant with what all variants have', () => {
  const schema = {
    type: 'object',
    properties: { id: { type: 'string' } },
    required: ['id'],
    oneOf: [{ type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] }],
  };
  expect(typeOf(schema)).toBe('{\n  on: boolean;\n} & {\n  id: string;\n}');
});

it('stops at what it does not know, and at one name for two things', () => {
  expect(() => typeOf({ patternProperties: {} })).toThrow('patternProperties');
  const one = { name: 'A', schema: { type: 'string', $defs: { X: { type: 'string' } } } };
  const two = { name: 'B', schema: { type: 'string', $defs: { X: { type: 'number' } } } };
  expect(() => collect([one, two])).toThrow('X');
  expect(collect([one]).map(([name]) => name)).toEqual(['A', 'X']);
});
