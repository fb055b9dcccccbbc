// What the map's tests need: a map that serves, what is written on the page's map and where.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BASE, until } from './help.mjs';

const REPOSITORY = new URL('../../../', import.meta.url).pathname;
const PORTO = join(REPOSITORY, '../shared/data/porto_city.osm.pbf');

export const current = async () => (await fetch(`${BASE}/tiles/current.json`)).json();

/** Makes the server serve a map: Porto where its extract is at hand, else the invented town. */
export async function ensureMap() {
  const before = await current();
  if (before.build) return before;
  const { CAMPO_BIN, CAMPO_DATA, CAMPO_MAP } = process.env;
  if (!CAMPO_BIN || !CAMPO_DATA)
    throw new Error('no map is served, and without CAMPO_BIN and CAMPO_DATA none can be made');
  const scratch = mkdtempSync('/tmp/campo-atlas.');
  let extract = PORTO;
  if (!existsSync(PORTO)) {
    console.log('SKIPPED: Porto, its extract is not at hand; the invented town stands in');
    extract = join(scratch, 'town.osm.pbf');
    execFileSync(`${CAMPO_BIN}-bench`, ['town', '--seed', '1', '--out', extract], { stdio: 'ignore' });
  }
  const out = CAMPO_MAP ?? join(CAMPO_DATA, 'map');
  execFileSync(CAMPO_BIN, ['map', 'build', '--pbf', extract, '--out', out], { stdio: 'ignore' });
  rmSync(scratch, { recursive: true });
  return until('the new map to serve', async () => {
    const now = await current();
    return now.build ? now : null;
  });
}

/** Puts the page's map somewhere and waits until it has drawn all of it. */
export function look(page, { lat, lon, zoom }, selector = '.map .canvas') {
  return page.evaluate(
    async ([lat, lon, zoom, selector]) => {
      const { map } = document.querySelector(selector);
      const drawn = new Promise((done) => map.once('idle', done));
      map.jumpTo({ center: [lon, lat], zoom });
      map.triggerRepaint();
      await drawn;
    },
    [lat, lon, zoom, selector],
  );
}

/** The names of streets that are written on the map now. */
export function written(page) {
  return page.evaluate(() => {
    const { map } = document.querySelector('.map .canvas');
    const features = map.queryRenderedFeatures({ layers: ['street-labels', 'street-names'] });
    return [...new Set(features.map((feature) => feature.properties.name))];
  });
}

/** The longest streets of the tiles, the longest first, each with a place on it. */
export function longestStreets(page, count) {
  return page.evaluate((count) => {
    const { map } = document.querySelector('.map .canvas');
    const streets = new Map();
    for (const layer of ['street_labels', 'street_names'])
      for (const { properties, geometry } of map.querySourceFeatures('tiles', { sourceLayer: layer })) {
        const { name, length_m } = properties;
        const lines = geometry.type === 'LineString' ? [geometry.coordinates] : geometry.coordinates;
        const line = lines.reduce((a, b) => (b.length > a.length ? b : a));
        const known = streets.get(name) ?? { name, length_m: 0, places: [] };
        known.length_m = Math.max(known.length_m, length_m);
        known.places.push(line[Math.floor(line.length / 2)]);
        streets.set(name, known);
      }
    return [...streets.values()].sort((a, b) => b.length_m - a.length_m).slice(0, count);
  }, count);
}

/**
 * Pairs of labels whose places on the screen meet, found anew from the shapes that were placed.
 *
 * A label is one box, or a chain of circles along its line; two shapes of one feature are one label.
 */
export function overlaps(page, selector = '.map .canvas') {
  return page.evaluate((selector) => {
    const { map } = document.querySelector(selector);
    const { grid } = map.style.placement.collisionIndex;
    const shapes = [];
    grid.boxKeys.forEach((key, i) => {
      const [x1, y1, x2, y2] = grid.bboxes.slice(4 * i, 4 * i + 4);
      shapes.push({ key, x1, y1, x2, y2 });
    });
    grid.circleKeys.forEach((key, i) => {
      const [x, y, r] = grid.circles.slice(3 * i, 3 * i + 3);
      shapes.push({ key, x, y, r, x1: x - r, y1: y - r, x2: x + r, y2: y + r });
    });
    // Half a pixel of touching is no overlap.
    const SLACK = 0.5;
    const meet = (a, b) => {
      if (a.x1 + SLACK >= b.x2 || b.x1 + SLACK >= a.x2 || a.y1 + SLACK >= b.y2 || b.y1 + SLACK >= a.y2)
        return false;
      if (a.r === undefined && b.r === undefined) return true;
      if (a.r !== undefined && b.r !== undefined) return Math.hypot(a.x - b.x, a.y - b.y) < a.r + b.r - SLACK;
      const [circle, box] = a.r === undefined ? [b, a] : [a, b];
      const dx = circle.x - Math.max(box.x1, Math.min(circle.x, box.x2));
      const dy = circle.y - Math.max(box.y1, Math.min(circle.y, box.y2));
      return Math.hypot(dx, dy) < circle.r - SLACK;
    };
    const label = ({ key }) => `${key.bucketInstanceId}/${key.featureIndex}`;
    const found = new Set();
    for (let i = 0; i < shapes.length; i++)
      for (let j = i + 1; j < shapes.length; j++) {
        const [a, b] = [label(shapes[i]), label(shapes[j])];
        if (a !== b && meet(shapes[i], shapes[j])) found.add([a, b].sort().join(' and '));
      }
    return { labels: new Set(shapes.map(label)).size, found: [...found] };
  }, selector);
}
