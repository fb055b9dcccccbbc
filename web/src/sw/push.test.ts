import { describe, expect, test } from 'vitest';
import { pageFor, shown } from './push';

describe('a message of a push service', () => {
  test('is shown as it says', () => {
    const message = {
      web_push: 8030,
      notification: { title: 'Trabajo nuevo', body: 'Canilla', tag: 'job/1', lang: 'es-AR' },
      path: '/tecnico?job=1',
    };
    expect(shown(JSON.stringify(message))).toEqual({
      title: 'Trabajo nuevo',
      options: {
        body: 'Canilla',
        tag: 'job/1',
        lang: 'es-AR',
        icon: '/icons/icon-192.png',
        badge: '/icons/icon-192.png',
        data: { path: '/tecnico?job=1' },
      },
    });
  });
  test('whatever comes, something is shown', () => {
    for (const payload of [
      null,
      '',
      'x',
      'null',
      '[]',
      '{"notification":null}',
      '{"notification":{"title":7}}',
    ])
      expect(shown(payload).title).toBe('CampoTech');
  });
  test('nothing outside of this origin is opened', () => {
    for (const path of ['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:x', 7])
      expect(shown(JSON.stringify({ path })).options.data.path).toBe('/');
  });
  test('an open page of the same face takes it', () => {
    const pages = [{ url: 'https://campo.example/dispatch?x=1' }, { url: 'https://campo.example/tecnico' }];
    expect(pageFor(pages, '/tecnico?job=1')).toBe(pages[1]);
    expect(pageFor(pages, '/dispatch')).toBe(pages[0]);
    expect(pageFor(pages, '/otra')).toBeUndefined();
  });
});
