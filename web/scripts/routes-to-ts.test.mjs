import { expect, it } from 'vitest';
import { routeOf, routes } from './routes-to-ts.mjs';

const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
const json = (name) => ({ content: { 'application/json': { schema: ref(name) } } });
const refused = { default: json('Problem') };

it('makes a function of an operation: path, body, query', () => {
  const operation = {
    operationId: 'edit_job',
    summary: 'Edits a job.',
    'x-permission': 'jobs:update',
    parameters: [
      { name: 'id', in: 'path', required: true, schema: ref('JobId') },
      { name: 'dry', in: 'query', required: false, schema: { type: 'boolean' } },
      { name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } },
    ],
    requestBody: { required: true, ...json('EditJob') },
    responses: { 200: json('Job'), ...refused },
  };
  expect(routeOf('/api/jobs/{id}', 'patch', operation)).toBe(
    '/** Edits a job. `jobs:update` */\n' +
      'export const editJob = (id: JobId, body: EditJob, query?: { dry?: boolean }): Promise<Job> =>\n' +
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what is generated
      "  request('PATCH', asked(at`/jobs/${id}`, query), body);\n",
  );
});

it('takes bytes and headers, and answers nothing where nothing is answered', () => {
  const operation = {
    operationId: 'continue_upload',
    summary: 'Appends.',
    'x-permission': 'files:create',
    parameters: [{ name: 'Upload-Offset', in: 'header', required: true, schema: { type: 'integer' } }],
    requestBody: { required: true, content: { 'application/octet-stream': { schema: { type: 'array' } } } },
    responses: { 204: {}, ...refused },
  };
  expect(routeOf('/api/files', 'patch', operation)).toContain(
    '(body: Blob | ArrayBuffer, headers: { "Upload-Offset": number }): Promise<void> =>\n' +
      "  request('PATCH', at`/files`, body, headers);",
  );
});

it('leaves out what providers call, and imports what it names', () => {
  const operation = (id, who) => ({
    operationId: id,
    summary: 'Does.',
    'x-permission': who,
    responses: { 200: json('Job'), ...refused },
  });
  const paths = { '/api/a': { get: operation('a', 'jobs:read'), post: operation('b', 'provider') } };
  const text = routes({ paths });
  expect(text).toContain("import type { Job } from './schema';");
  expect(text).toContain('const a =');
  expect(text).not.toContain('const b =');
  expect(text).not.toContain('Problem');
});
