// OpenAPI's paths to TypeScript: one function an operation, with the types of its path, query, body and answer.
import { typeOf } from './schema-to-ts.mjs';

/** The client says these by itself. */
const OWN_HEADERS = new Set(['idempotency-key', 'accept-language']);
/** Providers call these, and the answer of HEAD is its headers: no page has a use for them. */
const isForPages = (method, operation) => method !== 'head' && operation['x-permission'] !== 'provider';

const camel = (id) => id.replace(/_(\w)/g, (_, c) => c.toUpperCase());
const quoted = (name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));

function members(parameters) {
  const all = parameters.map(({ name, required, schema, description }) => {
    const comment = description ? `/** ${description.trim().replaceAll('\n', ' ')} */ ` : '';
    return `${comment}${quoted(name)}${required ? '' : '?'}: ${typeOf(schema)}`;
  });
  return `{ ${all.join('; ')} }`;
}

const optional = (parameters) => (parameters.some((p) => p.required) ? '' : '?');

function bodyOf(operation) {
  const body = operation.requestBody;
  if (!body) return null;
  const json = body.content['application/json'];
  // `Option<Body>` as utoipa writes it: null or the body.
  const isOptional = json && !body.required;
  const type = json ? typeOf(json.schema) : 'Blob | ArrayBuffer';
  return `body${isOptional ? '?' : ''}: ${type}`;
}

function answerOf(operation) {
  const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
  const types = good.map(([, response]) => {
    const json = response.content?.['application/json'];
    return json ? typeOf(json.schema) : 'void';
  });
  return [...new Set(types)].join(' | ');
}

/** One operation as a function: what is in the path, the body, the query, the headers, in this order. */
export function routeOf(path, method, operation) {
  const of = (where) => (operation.parameters ?? []).filter((p) => p.in === where);
  const within = of('path');
  const query = of('query');
  const headers = of('header').filter((p) => !OWN_HEADERS.has(p.name.toLowerCase()));
  const body = bodyOf(operation);
  const args = within.map((p) => `${camel(p.name)}: ${typeOf(p.schema)}`);
  if (body) args.push(body);
  if (query.length > 0) args.push(`query${optional(query)}: ${members(query)}`);
  if (headers.length > 0) args.push(`headers${optional(headers)}: ${members(headers)}`);
  const template = path.replace(/^\/api/, '').replace(/\{(\w+)\}/g, (_, name) => `\${${camel(name)}}`);
  const address = query.length > 0 ? `asked(at\`${template}\`, query)` : `at\`${template}\``;
  const given = [`'${method.toUpperCase()}'`, address];
  if (body || headers.length > 0) given.push(body ? 'body' : 'undefined');
  if (headers.length > 0) given.push('headers');
  const summary = `${operation.summary} \`${operation['x-permission']}\``.replaceAll('*/', '* /');
  return `/** ${summary} */\nexport const ${camel(operation.operationId)} = (${args.join(', ')}): Promise<${answerOf(operation)}> =>\n  request(${given.join(', ')});\n`;
}

/** Names of schemas that a value refers to. */
function* references(value) {
  if (!value || typeof value !== 'object') return;
  if (typeof value.$ref === 'string') yield value.$ref.split('/').pop();
  for (const inner of Object.values(value)) yield* references(inner);
}

/** The whole file. */
export function routes(document) {
  const functions = [];
  const names = new Set();
  for (const [path, item] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(item)) {
      if (!isForPages(method, operation)) continue;
      functions.push(routeOf(path, method, operation));
      const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      for (const name of references({ good, body: operation.requestBody, asked: operation.parameters }))
        names.add(name);
    }
  const types = `import type { ${[...names].sort().join(', ')} } from './schema';`;
  return `import { request } from './client';\nimport { asked, at } from './path';\n${types}\n\n${functions.join('\n')}`;
}
