//! Turn restrictions, each kind on one crossing.

use super::*;
use Vehicle::{Car, Motorbike};

/// A crossing at (0,0) whose four arms are ways of their own (0 west, 1 east, 2 south, 3 north), each with a loop at its end so
/// that nobody turns in the road.
fn crossing(restrict: impl FnOnce(&mut Town, u32)) -> Roads {
    let mut town = Town::default();
    let centre = town.corner(0, 0);
    let tips = [(-3, 0), (3, 0), (0, -3), (0, 3)];
    for (x, y) in tips {
        for at in [(x, y), loops(x, y)[0], loops(x, y)[1]] {
            town.corner(at.0, at.1);
        }
    }
    for tip in tips {
        town.street(&[(0, 0), tip], &[]);
    }
    for tip in tips {
        let [a, b] = loops(tip.0, tip.1);
        town.street(&[tip, a, b, tip], &[("oneway", "yes")]);
    }
    restrict(&mut town, centre);
    town.roads()
}

fn loops(x: i32, y: i32) -> [(i32, i32); 2] {
    [(x + x.signum() + y.signum(), y + y.signum() + x.signum()), (x + 2 * x.signum(), y + 2 * y.signum())]
}

/// Which arms a vehicle coming from the west may take: east, south, north.
fn from_west(roads: &Roads, vehicle: Vehicle) -> [bool; 3] {
    let goal = |x: f64, y: f64| {
        let way = drive(roads, (-1.5, 0.0), (x, y), vehicle).unwrap();
        way == [(0, 0)]
    };
    [goal(1.5, 0.0), goal(0.0, -1.5), goal(0.0, 1.5)]
}

#[test]
fn no_turn_and_only_turn() {
    let all = [true; 3];
    assert_eq!(from_west(&crossing(|_, _| {}), Car), all);
    let with = |to: u32, tags: &'static [(&'static str, &'static str)]| {
        let roads = crossing(|town, centre| town.restriction(0, &[Kind::Node(centre)], to, tags));
        (from_west(&roads, Car), from_west(&roads, Motorbike))
    };
    let no_left = [true, true, false];
    let only_east = [true, false, false];
    assert_eq!(with(3, &[("restriction", "no_left_turn")]), (no_left, no_left));
    assert_eq!(with(1, &[("restriction", "no_straight_on")]).0, [false, true, true]);
    assert_eq!(with(1, &[("restriction", "only_straight_on")]), (only_east, only_east));
    assert_eq!(with(2, &[("restriction", "only_right_turn")]).0, [false, true, false]);
    assert_eq!(with(3, &[("restriction", "no_left_turn"), ("except", "motorcycle")]), (no_left, all));
    assert_eq!(with(3, &[("restriction", "no_left_turn"), ("except", "psv;motorcar")]), (all, no_left));
    assert_eq!(with(3, &[("restriction:motorcycle", "no_left_turn")]), (all, no_left));
    assert_eq!(with(3, &[("restriction:hgv", "no_left_turn")]), (all, all));
    assert_eq!(with(3, &[("restriction:conditional", "no_left_turn @ (07:00-09:00)")]), (all, all));
    assert_eq!(with(3, &[("restriction", "no_left_turn"), ("hour_on", "07:00")]), (all, all));
    assert_eq!(with(3, &[("restriction", "no_entry")]).0, no_left);
}

#[test]
fn a_way_that_goes_on_beyond_the_crossing_is_told_by_the_turn() {
    let mut town = Town::default();
    for at in [(0, 0), (-2, 0), (2, 0), (0, -2), (0, 2)] {
        town.corner(at.0, at.1);
    }
    let centre = town.corner(0, 0);
    let west = town.street(&[(-2, 0), (0, 0)], &[]);
    town.street(&[(0, 0), (2, 0)], &[]);
    // One way from south to north: to the left of it lies north.
    let across = town.street(&[(0, -2), (0, 0), (0, 2)], &[]);
    town.restriction(west, &[Kind::Node(centre)], across, &[("restriction", "no_left_turn")]);
    let roads = town.roads();
    assert_eq!(drive(&roads, (-1.0, 0.0), (0.0, -1.0), Car).unwrap(), [(0, 0)]);
    assert_ne!(drive(&roads, (-1.0, 0.0), (0.0, 1.0), Car).unwrap(), [(0, 0)]);
}

#[test]
fn several_prescriptions_are_all_ways_out() {
    let roads = crossing(|town, centre| {
        town.restriction(0, &[Kind::Node(centre)], 1, &[("restriction", "only_straight_on")]);
        town.restriction(0, &[Kind::Node(centre)], 2, &[("restriction", "only_right_turn")]);
    });
    assert_eq!(from_west(&roads, Car), [true, true, false]);
}

/// Two carriageways: eastwards on y = 0, westwards on y = 1, crossed at x = 0 by a street that is its own way between them. The
/// restriction forbids to come back on the other carriageway over that piece.
fn median(tags: &[(&str, &str)]) -> (Roads, Roads) {
    let draw = |is_restricted: bool| {
        let mut town = Town::default();
        for x in [-4, 0, 4] {
            town.corner(x, 0);
            town.corner(x, 1);
        }
        town.corner(0, 4);
        town.corner(0, -4);
        let east_in = town.street(&[(-4, 0), (0, 0)], &[("oneway", "yes")]);
        let east_out = town.street(&[(0, 0), (4, 0)], &[("oneway", "yes")]);
        let west_in = town.street(&[(4, 1), (0, 1)], &[("oneway", "yes")]);
        let west_out = town.street(&[(0, 1), (-4, 1)], &[("oneway", "yes")]);
        let across = town.street(&[(0, 0), (0, 1)], &[]);
        town.street(&[(0, 1), (0, 4)], &[]);
        town.street(&[(0, 0), (0, -4)], &[]);
        town.street(&[(4, 0), (4, 1)], &[("oneway", "yes")]);
        town.street(&[(-4, 1), (-4, 0)], &[("oneway", "yes")]);
        let _ = (east_out, west_in);
        if is_restricted {
            town.restriction(east_in, &[Kind::Way(across)], west_out, tags);
        }
        town.roads()
    };
    (draw(false), draw(true))
}

#[test]
fn restrictions_over_a_way() {
    let (free, bound) = median(&[("restriction", "no_u_turn")]);
    let back = |roads: &Roads| drive(roads, (-2.0, 0.0), (-2.0, 1.0), Car).unwrap();
    assert_eq!(back(&free), [(0, 0), (0, 1)]);
    assert_ne!(back(&bound), [(0, 0), (0, 1)]);
    // Straight over the middle, and turning from the street that crosses, stay allowed.
    assert_eq!(drive(&bound, (-2.0, 0.0), (0.0, 3.0), Car).unwrap(), [(0, 0), (0, 1)]);
    assert_eq!(drive(&bound, (0.0, -3.0), (-2.0, 1.0), Car).unwrap(), [(0, 0), (0, 1)]);
    let (_, only) = median(&[("restriction", "only_u_turn")]);
    assert_eq!(back(&only), [(0, 0), (0, 1)]);
    assert_ne!(drive(&only, (-2.0, 0.0), (0.0, 3.0), Car).unwrap(), [(0, 0), (0, 1)]);
}

#[test]
fn restrictions_for_one_vehicle_over_a_way() {
    let (_, bound) = median(&[("restriction", "no_u_turn"), ("except", "motorcycle")]);
    let back = |vehicle| drive(&bound, (-2.0, 0.0), (-2.0, 1.0), vehicle).unwrap();
    assert_eq!(back(Motorbike), [(0, 0), (0, 1)]);
    assert_ne!(back(Car), [(0, 0), (0, 1)]);
}
