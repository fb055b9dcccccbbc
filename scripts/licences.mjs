// What we link: licences, banned crates, known advisories. Needs no network.
//
//   node scripts/licences.mjs
//
// Rust: the packages of Cargo.lock that are built for Linux. Web: the packages the faces are made of.
// Rules stand in scripts/supply.json, advisories in scripts/advisories.json (a dated snapshot).
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const rules = JSON.parse(readFileSync('scripts/supply.json', 'utf8'));
const snapshot = JSON.parse(readFileSync('scripts/advisories.json', 'utf8'));
const allowed = new Set(rules.licences);
const breaches = [];

/** Tokens of an SPDX expression; old manifests write `/` for OR. */
function tokens(expression) {
  return expression.replaceAll('/', ' OR ').match(/\(|\)|[^\s()]+/g) ?? [];
}

/** Whether an SPDX expression can be met by allowed licences alone. */
export function isAllowed(expression, permitted = allowed) {
  const rest = tokens(expression);
  const atom = () => {
    const token = rest.shift();
    if (token === '(') {
      const inner = either();
      rest.shift();
      return inner;
    }
    // An exception such as LLVM's only permits more.
    if (rest[0] === 'WITH') rest.splice(0, 2);
    return permitted.has(token);
  };
  const both = () => {
    let met = atom();
    while (rest[0] === 'AND') {
      rest.shift();
      met = atom() && met;
    }
    return met;
  };
  const either = () => {
    let met = both();
    while (rest[0] === 'OR') {
      rest.shift();
      met = both() || met;
    }
    return met;
  };
  return rest.length > 0 && either() && rest.length === 0;
}

/** Orders versions as semver does, pre-releases below their release. */
export function compare(a, b) {
  const parts = (version) => {
    const [release, pre] = version.split('+')[0].split('-', 2);
    return [...release.split('.').map(Number), pre === undefined ? 1 : 0];
  };
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < 4; i += 1) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version meets every part of a range such as `>=1.43.1, <1.44.0` or `^0.5.2`. */
export function meets(version, range) {
  return range.split(',').every((part) => {
    const [, sign, bound] = /^\s*(>=|<=|>|<|=|\^|~)?\s*(\S+)\s*$/.exec(part);
    const order = compare(version, bound);
    const [major, minor] = bound.split('.').map(Number);
    const next = sign === '^' && major > 0 ? `${major + 1}.0.0` : `${major}.${minor + 1}.0`;
    const tests = {
      '>=': order >= 0,
      '>': order > 0,
      '<=': order <= 0,
      '<': order < 0,
      '^': order >= 0 && compare(version, next) < 0,
      '~': order >= 0 && compare(version, next) < 0,
    };
    return tests[sign] ?? order === 0;
  });
}

/** The advisories that apply to one package. */
function advisoriesOf(kind, { name, version }) {
  return snapshot[kind].filter(
    (it) =>
      it.package === name &&
      !it.patched.some((range) => meets(version, range)) &&
      !(it.unaffected ?? []).some((range) => meets(version, range)),
  );
}

function check(kind, pack) {
  const { name, version, licence } = pack;
  if (!isAllowed(licence ?? '') && rules.own[name] === undefined) {
    breaches.push(`${name} ${version}: licence ${licence ?? 'unknown'} is not on the list`);
  }
  if (rules.banned[name]) breaches.push(`${name} ${version} is banned: ${rules.banned[name]}`);
  for (const { id, title } of advisoriesOf(kind, pack)) {
    const reason = rules.accepted[id];
    if (reason) console.log(`${name} ${version}: ${id} accepted: ${reason}`);
    else breaches.push(`${name} ${version}: ${id} ${title}`);
  }
}

function rustPackages() {
  const args = ['metadata', '--format-version', '1', '--locked', '--filter-platform'];
  const text = execFileSync('cargo', [...args, 'x86_64-unknown-linux-gnu'], { maxBuffer: 1 << 28 });
  const { packages } = JSON.parse(text);
  // Our own crates have no source.
  return packages
    .filter(({ source }) => source !== null)
    .map(({ name, version, license }) => ({ name, version, licence: license }));
}

function webPackages() {
  if (!existsSync('web/package-lock.json')) return [];
  const { packages } = JSON.parse(readFileSync('web/package-lock.json', 'utf8'));
  return Object.entries(packages)
    .filter(([path, it]) => path.startsWith('node_modules/') && !it.dev && !it.devOptional)
    .map(([path, it]) => ({
      name: path.replace(/.*node_modules\//, ''),
      version: it.version,
      licence: it.license,
    }));
}

function main() {
  const rust = rustPackages();
  const web = webPackages();
  if (rust.length === 0) breaches.push('no Rust package found: the check itself is broken');
  for (const pack of rust) check('rust', pack);
  for (const pack of web) check('web', pack);

  const age = Math.floor((Date.now() - Date.parse(snapshot.date)) / 86_400_000);
  console.log(`${rust.length} Rust and ${web.length} web packages; advisories of ${snapshot.date} (${age} days old)`);
  if (age > 120) console.log(`the snapshot is old: ${snapshot.refresh}`);
  for (const breach of breaches) console.log(`breach: ${breach}`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
