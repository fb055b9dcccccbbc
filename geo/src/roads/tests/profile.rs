//! What tags of ways and nodes do, seen from outside: by driving.

use super::*;
use Vehicle::{Car, Motorbike};

/// A block: south side from (0,0) to (4,0) with a middle, and the long way round over the north. `tags` are of the south's
/// second half, drawn from (2,0) to (3,0).
fn block(tags: &[(&str, &str)]) -> Roads {
    let mut town = Town::default();
    for (x, y) in [(0, 0), (1, 0), (2, 0), (3, 0), (4, 0), (0, 3), (4, 3)] {
        town.corner(x, y);
    }
    town.street(&[(0, 0), (1, 0), (2, 0)], &[]);
    town.way(&[(2, 0), (3, 0)], tags);
    town.street(&[(3, 0), (4, 0)], &[]);
    town.street(&[(0, 0), (0, 3), (4, 3), (4, 0)], &[]);
    town.roads()
}

/// Does one get through the south eastwards, westwards?
fn passes(tags: &[(&str, &str)], vehicle: Vehicle) -> (bool, bool) {
    let roads = block(tags);
    let through = |from, to| drive(&roads, from, to, vehicle).unwrap().contains(&(2, 0));
    (through((0.9, 0.0), (3.9, 0.0)), through((3.9, 0.0), (0.9, 0.0)))
}

const YES: (bool, bool) = (true, true);
const NO: (bool, bool) = (false, false);

#[test]
fn classes_that_are_open_and_closed() {
    for class in
        ["residential", "primary", "service", "living_street", "unclassified", "tertiary_link", "road"]
    {
        assert_eq!(passes(&[("highway", class)], Car), YES, "{class}");
    }
    for class in [
        "footway",
        "cycleway",
        "steps",
        "pedestrian",
        "construction",
        "proposed",
        "busway",
        "path",
        "corridor",
    ] {
        assert_eq!(passes(&[("highway", class)], Car), NO, "{class}");
        assert_eq!(passes(&[("highway", class)], Motorbike), NO, "{class}");
    }
}

#[test]
fn access_by_its_most_particular_key() {
    let with = |more: &[(&'static str, &'static str)]| {
        let mut tags = vec![("highway", "residential")];
        tags.extend(more);
        (passes(&tags, Car), passes(&tags, Motorbike))
    };
    assert_eq!(with(&[("access", "no")]), (NO, NO));
    assert_eq!(with(&[("access", "no"), ("motor_vehicle", "yes")]), (YES, YES));
    assert_eq!(with(&[("vehicle", "no"), ("motorcycle", "yes")]), (NO, YES));
    assert_eq!(with(&[("motorcar", "no")]), (NO, YES));
    assert_eq!(with(&[("motor_vehicle", "no"), ("motorcar", "designated")]), (YES, NO));
    assert_eq!(with(&[("motor_vehicle", "agricultural;forestry")]), (NO, NO));
    assert_eq!(with(&[("access", "emergency")]), (NO, NO));
    assert_eq!(with(&[("motor_vehicle:backward", "no")]), ((true, false), (true, false)));
    assert_eq!(with(&[("area", "yes")]), (NO, NO));
    assert_eq!(with(&[("smoothness", "impassable")]), (NO, NO));
    // Private: one may go there, and does not go through.
    assert_eq!(with(&[("access", "private")]), (NO, NO));
    assert_eq!(passes(&[("highway", "pedestrian"), ("motor_vehicle", "yes")], Car), YES);
    assert_eq!(passes(&[("highway", "path"), ("motorcycle", "yes")], Motorbike), YES);
}

#[test]
fn one_ways_in_all_their_forms() {
    let with = |more: &[(&'static str, &'static str)]| {
        let mut tags = vec![("highway", "residential")];
        tags.extend(more);
        (passes(&tags, Car), passes(&tags, Motorbike))
    };
    let (east, west) = ((true, false), (false, true));
    assert_eq!(with(&[("oneway", "yes")]), (east, east));
    assert_eq!(with(&[("oneway", "1")]), (east, east));
    assert_eq!(with(&[("oneway", "-1")]), (west, west));
    assert_eq!(with(&[("oneway", "no")]), (YES, YES));
    assert_eq!(with(&[("oneway", "reversible")]), (NO, NO));
    assert_eq!(with(&[("junction", "roundabout")]), (east, east));
    assert_eq!(with(&[("junction", "circular")]), (east, east));
    assert_eq!(with(&[("junction", "roundabout"), ("oneway", "no")]), (YES, YES));
    assert_eq!(with(&[("oneway", "yes"), ("oneway:motorcycle", "no")]), (east, YES));
    assert_eq!(with(&[("oneway:motor_vehicle", "yes")]), (east, east));
    // A bicycle's way against the traffic is not ours.
    assert_eq!(with(&[("oneway", "yes"), ("oneway:bicycle", "no")]), (east, east));
    assert_eq!(passes(&[("highway", "motorway")], Car), east);
    assert_eq!(passes(&[("highway", "motorway_link")], Car), YES);
}

/// The block with something standing at (1,0).
fn with_node(tags: &[(&str, &str)]) -> Roads {
    let mut town = Town::default();
    town.tagged(1, 0, tags);
    for (x, y) in [(0, 0), (2, 0), (0, 1), (2, 1)] {
        town.corner(x, y);
    }
    town.street(&[(0, 0), (1, 0), (2, 0)], &[]);
    town.street(&[(0, 0), (0, 1), (2, 1), (2, 0)], &[]);
    town.roads()
}

#[test]
fn barriers() {
    let gets_through = |tags: &[(&str, &str)], vehicle| {
        let roads = with_node(tags);
        let way = drive(&roads, (0.5, 0.0), (1.5, 0.0), vehicle).unwrap();
        !way.contains(&(0, 0))
    };
    for open in [&[][..], &[("barrier", "gate")], &[("barrier", "toll_booth")], &[("barrier", "cattle_grid")]]
    {
        assert!(gets_through(open, Car), "{open:?}");
    }
    for closed in [
        &[("barrier", "bollard")][..],
        &[("barrier", "block")],
        &[("barrier", "gate"), ("access", "no")],
        &[("barrier", "gate"), ("locked", "yes")],
    ] {
        assert!(!gets_through(closed, Car), "{closed:?}");
    }
    let for_bikes = [("barrier", "bollard"), ("motorcycle", "yes")];
    assert!(!gets_through(&for_bikes, Car) && gets_through(&for_bikes, Motorbike));
    assert!(gets_through(&[("barrier", "gate"), ("access", "private")], Car));
}

#[test]
fn signals_and_signs_are_waits() {
    let cost = |tags: &[(&str, &str)], eastwards: bool| {
        let roads = with_node(tags);
        let (a, b) = (Coord::new(0.0, 0.5 * STEP).unwrap(), Coord::new(0.0, 1.5 * STEP).unwrap());
        let (from, to) = if eastwards { (a, b) } else { (b, a) };
        let [from, to] = [from, to].map(|c| roads.snap(c, None, Car).unwrap());
        let way = roads.summary(&from, &to, roads.free_flow(Car)).unwrap();
        (way.ms, way.signals)
    };
    // Both ends lie on the same piece of road: the wait is part of its time, and so in proportion.
    let plain = cost(&[], true);
    let light = cost(&[("highway", "traffic_signals")], true);
    assert!(light.0 >= plain.0 + 2_900 && light.0 <= plain.0 + 6_100, "{plain:?} {light:?}");
    let one_way = [("highway", "traffic_signals"), ("traffic_signals:direction", "backward")];
    assert_eq!(cost(&one_way, true).0, plain.0);
    assert!(cost(&one_way, false).0 > plain.0);
    assert!(cost(&[("highway", "stop"), ("direction", "forward")], true).0 > plain.0);
    assert!(cost(&[("highway", "crossing")], true).0 > plain.0);
    assert!(cost(&[("traffic_calming", "bump")], true).0 > plain.0);
}

#[test]
fn lights_at_junctions_are_counted_and_cost() {
    let roads = |tags: &[(&str, &str)]| {
        let mut town = Town::default();
        town.tagged(1, 1, tags);
        town.street(&[(0, 1), (1, 1)], &[]);
        town.street(&[(1, 1), (2, 1)], &[]);
        town.street(&[(1, 0), (1, 1), (1, 2)], &[]);
        town.roads()
    };
    let ask = |roads: &Roads| {
        let [from, to] =
            [0.2, 1.8].map(|x| roads.snap(Coord::new(STEP, x * STEP).unwrap(), None, Car).unwrap());
        roads.summary(&from, &to, roads.free_flow(Car)).unwrap()
    };
    let (plain, light) = (ask(&roads(&[])), ask(&roads(&[("highway", "traffic_signals")])));
    assert_eq!((plain.signals, light.signals), (0, 1));
    assert_eq!(light.ms, plain.ms + 6_000);
    assert_eq!((plain.near_turns, plain.far_turns, plain.back_turns), (0, 0, 0));
}

#[test]
fn turns_across_traffic_cost_more_and_the_side_follows_the_country() {
    let turn = |side: Option<&str>, to: (f64, f64)| {
        let mut town = Town::default();
        let tags: Vec<(&str, &str)> = side.map(|s| ("driving_side", s)).into_iter().collect();
        for (x, y) in [(0, 1), (1, 1), (2, 1), (1, 0), (1, 2)] {
            town.corner(x, y);
        }
        town.street(&[(0, 1), (1, 1), (2, 1)], &tags);
        town.street(&[(1, 0), (1, 1), (1, 2)], &tags);
        let roads = town.roads();
        let [from, to] = [(0.5, 1.0), to]
            .map(|(x, y)| roads.snap(Coord::new(y * STEP, x * STEP).unwrap(), None, Car).unwrap());
        roads.summary(&from, &to, roads.free_flow(Car)).unwrap()
    };
    let (north, south) = ((1.0, 1.5), (1.0, 0.5));
    let (left, right) = (turn(None, north), turn(None, south));
    assert!(left.ms > right.ms + 1_000, "{left:?} {right:?}");
    assert_eq!((left.far_turns, left.near_turns, right.far_turns, right.near_turns), (1, 0, 0, 1));
    let (left, right) = (turn(Some("left"), north), turn(Some("left"), south));
    assert!(right.ms > left.ms + 1_000, "{left:?} {right:?}");
}

#[test]
fn roundabouts_are_not_penalised_as_turns() {
    let mut town = Town::default();
    for at in [(0, 1), (1, 1), (2, 0), (3, 1), (4, 1), (2, 2)] {
        town.corner(at.0, at.1);
    }
    town.street(&[(1, 1), (2, 0), (3, 1), (2, 2), (1, 1)], &[("junction", "roundabout")]);
    town.street(&[(0, 1), (1, 1)], &[]);
    town.street(&[(3, 1), (4, 1)], &[]);
    let roads = town.roads();
    let [from, to] = [0.5, 3.5].map(|x| roads.snap(Coord::new(STEP, x * STEP).unwrap(), None, Car).unwrap());
    let east = roads.route(&from, &to, roads.free_flow(Car), true).unwrap();
    assert_eq!((east.summary.near_turns, east.summary.far_turns), (0, 0));
    // Counter-clockwise: over the south.
    assert!(east.line.contains(&spot(2, 0)) && !east.line.contains(&spot(2, 2)), "{:?}", east.line);
    let driving: u64 = east.edges.iter().map(|e| u64::from(roads.edge_time_ms(*e, Car))).sum();
    assert!(u64::from(east.summary.ms) < driving + 2_000);
    assert!(roads.is_roundabout(east.edges[1]));
}

#[test]
fn u_turns_at_dead_ends_alone() {
    let mut town = Town::default();
    for x in 0..4 {
        town.corner(x, 0);
    }
    town.corner(1, 1);
    town.street(&[(0, 0), (1, 0), (2, 0), (3, 0)], &[]);
    town.street(&[(1, 0), (1, 1)], &[]);
    let roads = town.roads();
    for edge in 0..roads.edge_count() {
        let end = *roads.edge_geometry(edge).last().unwrap();
        let turns: Vec<OutTurn> = roads.out_turns(edge, Car).collect();
        let goes_back = turns.iter().any(|t| Some(t.edge) == roads.edge_opposite(edge));
        assert_eq!(goes_back, end.distance_m(spot(1, 0)) > 1.0, "at {end:?}");
        assert_eq!(goes_back, turns.iter().any(|t| t.kind == TurnKind::Back));
    }
}

#[test]
fn private_roads_are_reached_and_left_without_a_fine_in_the_answer() {
    let roads = block(&[("highway", "service"), ("access", "private")]);
    let car = roads.free_flow(Car);
    let snap = |x: f64, y: f64| roads.snap(Coord::new(y * STEP, x * STEP).unwrap(), None, Car).unwrap();
    let (inside, outside) = (snap(2.5, 0.0), snap(0.9, 0.0));
    let (inwards, outwards) = (roads.summary(&outside, &inside, car), roads.summary(&inside, &outside, car));
    let (inwards, outwards) = (inwards.unwrap(), outwards.unwrap());
    assert!(inwards.ms < 60_000 && outwards.ms < 60_000, "{inwards:?} {outwards:?}");
    assert!(inwards.ms.abs_diff(outwards.ms) < 15_000);
    assert_eq!(roads.ms(&inside, &outside, car), Some(outwards.ms));
    assert_eq!(roads.table(&[inside], &[outside], car), [outwards.ms]);
}

#[test]
fn limits_and_ground_set_the_speed() {
    let kmh = |tags: &[(&str, &str)]| {
        let roads = block(tags);
        let anchor = roads.snap(Coord::new(0.0, 2.5 * STEP).unwrap(), None, Car).unwrap();
        let edge = anchor.first().edge;
        roads.edge_length_m(edge) / roads.edge_time_ms(edge, Car) as f32 * 3600.0
    };
    let plain = kmh(&[("highway", "secondary")]);
    assert!(kmh(&[("highway", "secondary"), ("maxspeed", "30")]) < 30.0);
    assert!(kmh(&[("highway", "secondary"), ("maxspeed", "AR:rural")]) > plain);
    assert!((kmh(&[("highway", "secondary"), ("maxspeed", "signals")]) - plain).abs() < 0.1);
    assert!(kmh(&[("highway", "secondary"), ("surface", "dirt")]) < 36.0);
    let against = kmh(&[("highway", "secondary"), ("maxspeed:forward", "20"), ("oneway", "yes")]);
    assert!(against < 20.0, "{against}");
}

#[test]
fn names_classes_and_ways_are_kept() {
    let roads = block(&[("highway", "tertiary"), ("name", "Avenida Ñandú"), ("ref", "RP 7")]);
    let edge = roads.snap(Coord::new(0.0, 2.5 * STEP).unwrap(), None, Car).unwrap().first().edge;
    assert_eq!(roads.edge_name(edge), "Avenida Ñandú");
    assert_eq!((roads.edge_class(edge), roads.edge_way(edge)), (Class::Tertiary, 1));
    assert_eq!((roads.edge_name(u32::MAX), roads.edge_geometry(u32::MAX).len()), ("", 0));
}

#[test]
fn islands_are_left_out() {
    let mut town = Town::default();
    for x in 0..6 {
        town.corner(x, 0);
        town.corner(x, 1);
    }
    town.corner(9, 0);
    town.corner(10, 0);
    town.street(&[(0, 0), (1, 0), (2, 0), (3, 0)], &[]);
    town.street(&[(0, 1), (1, 1), (2, 1), (3, 1)], &[]);
    (0..4).for_each(|x| _ = town.street(&[(x, 0), (x, 1)], &[]));
    // Alone; a way in that leads nowhere.
    town.street(&[(9, 0), (10, 0)], &[]);
    town.street(&[(3, 0), (4, 0)], &[("oneway", "yes")]);
    let roads = town.roads();
    let anchor = roads.snap(spot(9, 0), None, Car).unwrap();
    assert!(anchor.first().distance_m > 600.0);
    assert!((anchor.first().at.lon() - 3.0 * STEP).abs() < 1e-6, "{anchor:?}");
}
