// Types of the wire, from the documents that the server's own types make: docs/schema/*.json for frames,
// docs/openapi.json for REST, a function an operation. With --check it only says whether the committed files are in step.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { routes } from './routes-to-ts.mjs';
import { collect, declare } from './schema-to-ts.mjs';

const WEB = new URL('../', import.meta.url).pathname;
const DOCS = new URL('../../docs/', import.meta.url).pathname;
const HEAD = '// Made by `npm run gen`; do not edit.\n\n';

const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const camel = (file) => file.replace('.json', '').replace(/(^|_)(\w)/g, (_, __, c) => c.toUpperCase());

function frames() {
  const documents = readdirSync(`${DOCS}schema`)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => ({ name: camel(file), schema: read(`${DOCS}schema/${file}`) }));
  return documents.length > 0 ? collect(documents) : [];
}

const declared = (all) => all.map(([name, schema]) => declare(name, schema)).join('\n');

function rest() {
  return Object.entries(read(`${DOCS}openapi.json`).components?.schemas ?? {}).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
}

const targets = [
  { file: 'src/socket/schema.ts', source: `${DOCS}schema`, make: () => declared(frames()) },
  { file: 'src/api/schema.ts', source: `${DOCS}openapi.json`, make: () => declared(rest()) },
  {
    file: 'src/api/routes.ts',
    source: `${DOCS}openapi.json`,
    make: () => routes(read(`${DOCS}openapi.json`)),
  },
].filter((t) => existsSync(t.source));

const isCheck = process.argv.includes('--check');
let isStale = false;
for (const { file, make } of targets) {
  const text = execFileSync('npx', ['biome', 'format', '--stdin-file-path=generated.ts'], {
    cwd: WEB,
    input: HEAD + make(),
    encoding: 'utf8',
  });
  const path = WEB + file;
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (before === text) continue;
  if (isCheck) {
    console.error(`${file} is behind its documents: npm run gen`);
    isStale = true;
  } else writeFileSync(path, text);
}
process.exit(isStale ? 1 : 0);
