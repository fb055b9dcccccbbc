import { en } from './en';
import { es, type Words } from './es';
import { lang } from './lang';

export { type Lang, lang, locale, setLang } from './lang';

export type Word = keyof Words;

/** The word or sentence `key` in the language of the page, `{name}` replaced by `values.name`. */
export function t(key: Word, values?: Record<string, string | number>): string {
  const text: string = (lang() === 'es' ? es : en)[key];
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** `one` for 1, else `many`, with `{n}` in it. */
export function plural(n: number, one: Word, many: Word): string {
  return t(n === 1 ? one : many, { n });
}
