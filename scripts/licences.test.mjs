// The check of licences and advisories bites: node --test scripts/licences.test.mjs
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, isAllowed, meets } from './licences.mjs';

const permitted = new Set(['MIT', 'Apache-2.0', 'ISC']);

test('an expression is met by allowed licences alone', () => {
  for (const yes of ['MIT', 'GPL-3.0 OR MIT', 'MIT/Apache-2.0', '(MIT OR GPL-2.0) AND ISC']) {
    assert.ok(isAllowed(yes, permitted), yes);
  }
  assert.ok(isAllowed('Apache-2.0 WITH LLVM-exception', permitted));
  for (const no of ['GPL-3.0-or-later', 'MIT AND GPL-2.0', '(GPL-2.0 OR AGPL-3.0) AND MIT', '']) {
    assert.ok(!isAllowed(no, permitted), no);
  }
});

test('ranges are read as cargo reads them', () => {
  assert.ok(meets('1.43.2', '>=1.43.1, <1.44.0'));
  assert.ok(!meets('1.44.0', '>=1.43.1, <1.44.0'));
  assert.ok(meets('0.20.3', '^0.20.2') && !meets('0.21.0', '^0.20.2'));
  assert.ok(meets('2.9.0', '^2.2.1') && !meets('3.0.0', '^2.2.1'));
  assert.ok(meets('0.5.11', '<=0.5.11') && !meets('0.5.12', '<=0.5.11'));
  assert.ok(compare('1.10.0', '1.9.9') > 0 && compare('1.0.0-rc.1', '1.0.0') < 0);
});
