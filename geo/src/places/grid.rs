//! Cells of 0.005 degrees (550 m north to south): which pieces of street pass through one.

/// Side of a cell in ten-millionths of a degree.
const SIDE: i64 = 50_000;
/// Cells around a parallel.
const COLUMNS: i64 = 72_000;

/// The cell of a point.
pub fn cell(at: [i32; 2]) -> u32 {
    let [lat, lon] = at.map(i64::from);
    key((lat + 900_000_000) / SIDE, (lon + 1_800_000_000) / SIDE)
}

fn key(row: i64, column: i64) -> u32 {
    (row.clamp(0, 36_000) * COLUMNS + column.rem_euclid(COLUMNS)) as u32
}

/// The cell and its eight neighbours.
pub fn around(at: [i32; 2]) -> [u32; 9] {
    let [lat, lon] = at.map(i64::from);
    let (row, column) = ((lat + 900_000_000) / SIDE, (lon + 1_800_000_000) / SIDE);
    std::array::from_fn(|i| key(row + i as i64 / 3 - 1, column + i as i64 % 3 - 1))
}

/// The cells that a line from `a` to `b` passes through, or comes very near to; a corner's cell may be left out.
pub fn along(a: [i32; 2], b: [i32; 2], out: &mut Vec<u32>) {
    let [[lat_a, lon_a], [lat_b, lon_b]] = [a, b].map(|at| at.map(i64::from));
    let span = (lat_a - lat_b).abs().max((lon_a - lon_b).abs());
    // Half a cell a step; a line over the antimeridian or across a country is nobody's street.
    let steps = (span * 2 / SIDE + 1).min(400);
    for step in 0..=steps {
        let between = |from: i64, to: i64| (from + (to - from) * step / steps) as i32;
        let cell = cell([between(lat_a, lat_b), between(lon_a, lon_b)]);
        if out.last() != Some(&cell) {
            out.push(cell);
        }
    }
}
