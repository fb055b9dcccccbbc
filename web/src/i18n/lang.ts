import { createSignal } from 'solid-js';

export type Lang = 'es' | 'en';

const stored = (): Lang => {
  try {
    return localStorage.getItem('campo.lang') === 'en' ? 'en' : 'es';
  } catch {
    return 'es';
  }
};

const [lang, set] = createSignal<Lang>(stored());
const mark = (next: Lang) => {
  if (typeof document !== 'undefined') document.documentElement.lang = next === 'es' ? 'es-AR' : 'en';
};
mark(lang());

export { lang };

/** The locale that `Intl` is asked for. */
export const locale = () => (lang() === 'es' ? 'es-AR' : 'en-GB');

export function setLang(next: Lang): void {
  try {
    localStorage.setItem('campo.lang', next);
  } catch {
    // Private mode without storage: the choice lasts as long as the page.
  }
  mark(next);
  set(next);
}
