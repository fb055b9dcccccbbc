//! The Hilbert curve: what is near on it is near on the ground.

/// The place of a point on the curve through a square of 2^16 by 2^16 cells.
pub(super) fn place(mut x: u32, mut y: u32) -> u32 {
    let (mut place, mut side) = (0u32, 1u32 << 15);
    while side > 0 {
        let (right, upper) = (u32::from(x & side > 0), u32::from(y & side > 0));
        place = place.wrapping_add(side.wrapping_mul(side).wrapping_mul((3 * right) ^ upper));
        if upper == 0 {
            if right == 1 {
                (x, y) = (0xFFFF - (x & 0xFFFF), 0xFFFF - (y & 0xFFFF));
            }
            (x, y) = (y, x);
        }
        side >>= 1;
    }
    place
}

/// Ranks points by the curve through their own box; the largest side is cut into 2^16 cells.
pub(super) fn order(points: &[(i32, i32)]) -> Vec<u32> {
    let least = |pick: fn(&(i32, i32)) -> i32| points.iter().map(pick).min().unwrap_or(0);
    let most = |pick: fn(&(i32, i32)) -> i32| points.iter().map(pick).max().unwrap_or(0);
    let (south, west) = (i64::from(least(|p| p.0)), i64::from(least(|p| p.1)));
    let side = (i64::from(most(|p| p.0)) - south).max(i64::from(most(|p| p.1)) - west).max(1);
    let cell = |at: i32, from: i64| ((i64::from(at) - from) * 0xFFFF / side) as u32;
    let mut keyed: Vec<u64> = points
        .iter()
        .zip(0u64..)
        .map(|((lat, lon), i)| u64::from(place(cell(*lon, west), cell(*lat, south))) << 32 | i)
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|key| key as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of one along the curve are steps of one on the grid.
    #[test]
    fn the_curve_has_no_jumps() {
        let mut cells: Vec<(u32, u32, u32)> =
            (0..32).flat_map(|x| (0..32).map(move |y| (place(x << 11, y << 11), x, y))).collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            let ((_, ax, ay), (_, bx, by)) = (pair[0], pair[1]);
            assert_eq!(ax.abs_diff(bx) + ay.abs_diff(by), 1, "{pair:?}");
        }
    }
}
