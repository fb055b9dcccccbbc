import type { ChangeEntity } from '../../api/schema';
import type { Word } from '../../i18n';

/** Protected fields by what has them; words are the same for a field wherever it stands. */
export const FIELDS: Record<ChangeEntity, string[]> = {
  organization: [
    'cuit',
    'razon_social',
    'tipo_sociedad',
    'iva_condition',
    'punto_venta_afip',
    'fecha_inscripcion_afip',
    'ingresos_brutos',
    'domicilio_fiscal',
  ],
  user: [
    'cuil',
    'dni',
    'legal_name',
    'fecha_nacimiento',
    'nacionalidad',
    'sexo',
    'fecha_ingreso',
    'modalidad_contrato',
    'obra_social',
    'art',
    'convenio_colectivo',
    'role',
    'puesto',
    'is_active',
  ],
  customer: ['cuit', 'razon_social', 'condicion_iva', 'dni', 'direccion_fiscal'],
};

const WORDS: Record<string, Word> = {
  cuit: 'field_cuit',
  razon_social: 'field_razon_social',
  tipo_sociedad: 'field_tipo_sociedad',
  iva_condition: 'field_condicion_iva',
  condicion_iva: 'field_condicion_iva',
  punto_venta_afip: 'field_punto_venta',
  fecha_inscripcion_afip: 'field_fecha_inscripcion',
  ingresos_brutos: 'field_ingresos_brutos',
  domicilio_fiscal: 'field_domicilio_fiscal',
  direccion_fiscal: 'field_domicilio_fiscal',
  cuil: 'field_cuil',
  dni: 'field_dni',
  legal_name: 'field_legal_name',
  fecha_nacimiento: 'field_fecha_nacimiento',
  nacionalidad: 'field_nacionalidad',
  sexo: 'field_sexo',
  fecha_ingreso: 'field_fecha_ingreso',
  modalidad_contrato: 'field_modalidad_contrato',
  obra_social: 'field_obra_social',
  art: 'field_art',
  convenio_colectivo: 'field_convenio',
  role: 'field_role',
  puesto: 'field_puesto',
  is_active: 'field_is_active',
};

/** What a field is called; one that this page does not know by its name on the wire. */
export const fieldWord = (field: string): Word | null => WORDS[field] ?? null;

/** How a field is typed: a day has a calendar. */
export const inputType = (field: string): 'date' | 'text' => (field.startsWith('fecha_') ? 'date' : 'text');

/** The words from which a field's value is picked; none where anything may be typed. */
export function options(field: string): string[] {
  if (field === 'role') return ['admin', 'dispatcher', 'technician', 'accountant'];
  if (field === 'is_active') return ['true', 'false'];
  if (field === 'sexo') return ['f', 'm', 'x'];
  if (field === 'iva_condition') return ['responsable_inscripto', 'monotributista', 'exento'];
  if (field === 'condicion_iva')
    return ['responsable_inscripto', 'monotributista', 'exento', 'consumidor_final'];
  return [];
}
