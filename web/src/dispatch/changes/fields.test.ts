import { describe, expect, it } from 'vitest';
import { FIELDS, fieldWord, inputType, options } from './fields';

/** The server's one list, read from its source: the faces offer exactly what may be asked for. */
const source: string = (await import('../../../../engine/src/protect/fields.rs?raw' as string)).default;

describe('protected fields', () => {
  it('are those of the server', () => {
    const listed = [...source.matchAll(/(?:locked|approval)\(Entity::(\w+), "(\w+)"/g)];
    const served = listed.map(([, entity, field]) => `${entity?.toLowerCase()}.${field}`).sort();
    const shown = Object.entries(FIELDS).flatMap(([entity, all]) => all.map((field) => `${entity}.${field}`));
    expect(shown.sort()).toEqual(served);
  });

  it('each have a word', () => {
    for (const field of Object.values(FIELDS).flat()) expect(fieldWord(field), field).not.toBeNull();
    expect(fieldWord('salary')).toBeNull();
  });

  it('are typed as what they are', () => {
    expect(inputType('fecha_ingreso')).toBe('date');
    expect(inputType('cuit')).toBe('text');
    expect(options('role')).not.toContain('owner');
    expect(options('dni')).toEqual([]);
  });
});
