//! Where the two ways differ in length by more than a tenth: why, as far as the data tells.
//!
//! OSRM's line is followed on our graph piece by piece: a piece that is missing there, or a turn, is the reason. Where all of it can be
//! driven, it is a matter of speeds, and both sides' opinion of the other's way is told.

use std::collections::BTreeMap;

use campo_geo::Coord;
use campo_geo::eta::Vehicle;
use campo_geo::osm::Extract;
use campo_geo::roads::{Class, Roads, Snap, Summary};

use super::peer::{self, Way};
use super::{Pair, percent, ways};
use crate::error::Outcome;
use crate::osrm::Osrm;
use crate::say;

/// What is looked into.
const TENTH: f64 = 0.10;
/// Ends that are farther apart than this are on different roads, metres.
const END_M: f64 = 25.0;
/// OSRM's coordinates carry six places: a decimetre. Its line lies on ours within this.
const ON_LINE_M: f32 = 2.5;

/// Both sides.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub roads: &'a Roads,
    pub extract: Option<&'a Extract>,
    pub osrm: &'a Osrm,
}

/// Tells all differences, at most `most` of them one by one.
pub(super) async fn tell(
    sides: &Sides<'_>,
    pairs: &[Pair],
    ours: &[Option<Summary>],
    theirs: &[Option<Way>],
    most: usize,
) -> Outcome<()> {
    let client = reqwest::Client::new();
    let all =
        pairs.iter().zip(ours).zip(theirs).filter_map(|((pair, a), b)| Some((pair, (*a)?, b.as_ref()?)));
    let both: Vec<_> = all.collect();
    let is_far = |a: f64, b: f64| (a - b).abs() > TENTH * b.max(1.0);
    let differing: Vec<_> = both.iter().filter(|(_, a, b)| is_far(f64::from(a.metres), b.distance)).collect();
    say!(
        "lengths  {} of {} ({:.1} %) differ by more than {:.0} %",
        differing.len(),
        both.len(),
        percent(differing.len(), both.len()),
        TENTH * 100.0
    );
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, (pair, a, b)) in differing.iter().enumerate() {
        let Some(line) = peer::way(&client, sides.osrm, &[pair.0, pair.1], "full").await? else { continue };
        let (kind, words) = reason(sides, &client, pair, a, &line).await?;
        *kinds.entry(kind).or_default() += 1;
        if i < most {
            say!(
                "  {:.5},{:.5} -> {:.5},{:.5}: ours {:.0} m {:.0} s, OSRM {:.0} m {:.0} s: {words}",
                pair.0.lat(),
                pair.0.lon(),
                pair.1.lat(),
                pair.1.lon(),
                a.metres,
                f64::from(a.ms) / 1e3,
                b.distance,
                b.duration
            );
        }
    }
    kinds.iter().for_each(|(kind, n)| say!("         {n:4} {kind}"));
    Ok(())
}

async fn reason(
    sides: &Sides<'_>,
    client: &reqwest::Client,
    pair: &Pair,
    ours: &Summary,
    theirs: &Way,
) -> Outcome<(&'static str, String)> {
    let roads = sides.roads;
    let line: Vec<Coord> = theirs
        .geometry
        .iter()
        .flat_map(|g| &g.coordinates)
        .filter_map(|[lon, lat]| Coord::new(*lat, *lon))
        .collect();
    let snap = |at| roads.snap(at, None, Vehicle::Car);
    let Some((from, to)) = snap(pair.0).zip(snap(pair.1)) else { return Ok(("no end", String::new())) };
    let begins = line.first().map_or(0.0, |c| c.distance_m(from.first().at));
    let ends = line.last().map_or(0.0, |c| c.distance_m(to.first().at));
    if begins.max(ends) > END_M {
        let (which, mine, theirs) =
            if begins > ends { ("begins", from, line.first()) } else { ("ends", to, line.last()) };
        let name = roads.edge_name(mine.first().edge);
        let other = theirs.and_then(|c| other_road(sides, *c, &line)).unwrap_or_default();
        let words = format!("OSRM {which} {:.0} m away, on {other}, ours on {name:?}", begins.max(ends));
        return Ok(("an end on another road", words));
    }
    match follow(roads, &line) {
        Followed::Missing(a, b) => {
            let way = sides.extract.and_then(|extract| ways::name(extract, a, b));
            let way = way.unwrap_or_else(|| format!("{:.5},{:.5}", a.lat(), a.lon()));
            Ok((
                "a piece that ours does not drive",
                format!("OSRM drives {way}, which ours does not (in that direction)"),
            ))
        }
        Followed::NoTurn { at, before, after } => {
            let (before, after) = (roads.edge_name(before), roads.edge_name(after));
            let words = format!(
                "OSRM turns from {before:?} to {after:?} at {:.5},{:.5}, which ours forbids",
                at.lat(),
                at.lon()
            );
            Ok(("a turn that ours forbids", words))
        }
        Followed::All { ms, by_class_m } => {
            speeds(sides, client, pair, ours, theirs, (ms, &by_class_m)).await
        }
    }
}

/// The road that OSRM's end lies on, in words.
fn other_road(sides: &Sides<'_>, end: Coord, line: &[Coord]) -> Option<String> {
    let near = line
        .iter()
        .filter(|c| c.distance_m(end) > 1.0)
        .min_by(|a, b| a.distance_m(end).total_cmp(&b.distance_m(end)))?;
    ways::name(sides.extract?, end, *near)
}

/// Both can drive both ways: whose speeds say what.
async fn speeds(
    sides: &Sides<'_>,
    client: &reqwest::Client,
    pair: &Pair,
    ours: &Summary,
    theirs: &Way,
    (theirs_ms, theirs_m): (f64, &[f32; Class::COUNT]),
) -> Outcome<(&'static str, String)> {
    let own_s = f64::from(ours.ms) / 1e3;
    let snap = |at| sides.roads.snap(at, None, Vehicle::Car);
    let car = sides.roads.free_flow(Vehicle::Car);
    let route = snap(pair.0).zip(snap(pair.1)).and_then(|(a, b)| sides.roads.route(&a, &b, car, true));
    let over = route.map_or_else(Vec::new, |route| spread(&route.line, 6));
    let back = peer::way(client, sides.osrm, &over, "false").await?;
    let opinion = match back {
        Some(way) if (way.distance - f64::from(ours.metres)).abs() < 0.03 * f64::from(ours.metres) + 30.0 => {
            format!("by OSRM's, ours takes {:+.0} s", way.duration - theirs.duration)
        }
        _ => "OSRM cannot follow ours".to_owned(),
    };
    let mut classes: Vec<(f32, Class)> =
        ours.by_class_m.iter().zip(theirs_m).zip(Class::ALL).map(|((a, b), class)| (a - b, class)).collect();
    classes.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let classes: Vec<String> = classes
        .iter()
        .take(2)
        .filter(|(m, _)| m.abs() > 50.0)
        .map(|(m, class)| format!("{m:+.0} m {class:?}"))
        .collect();
    let words = format!(
        "by our speeds OSRM's way takes {:+.0} s; {opinion}; ours drives {}",
        theirs_ms / 1e3 - own_s,
        classes.join(", ")
    );
    let kind = if opinion.ends_with("ours") {
        "a piece or turn that OSRM does not drive"
    } else {
        "speeds and waits alone"
    };
    Ok((kind, words))
}

/// Some places of a line, both ends among them, evenly.
fn spread(line: &[Coord], parts: usize) -> Vec<Coord> {
    let last = line.len().saturating_sub(1);
    let mut places: Vec<usize> = (0..=parts).map(|i| i * last / parts).collect();
    places.dedup();
    places.into_iter().filter_map(|i| line.get(i).copied()).collect()
}

/// What became of following a line.
enum Followed {
    Missing(Coord, Coord),
    NoTurn { at: Coord, before: u32, after: u32 },
    All { ms: f64, by_class_m: [f32; Class::COUNT] },
}

/// Follows a line on our graph.
fn follow(roads: &Roads, line: &[Coord]) -> Followed {
    let (mut last, mut ms, mut by_class_m) = (None::<u32>, 0.0, [0.0f32; Class::COUNT]);
    let mut found: Vec<Snap> = Vec::new();
    let steps: Vec<(Coord, Coord)> = line
        .iter()
        .copied()
        .zip(line.iter().skip(1).copied())
        .filter(|(a, b)| a.distance_m(*b) > 1.0)
        .collect();
    for (a, b) in steps {
        let Some(middle) = Coord::new((a.lat() + b.lat()) / 2.0, (a.lon() + b.lon()) / 2.0) else { continue };
        roads.candidates(middle, ON_LINE_M, 8, Vehicle::Car, &mut found);
        let bearing = a.bearing_deg(b) as f32;
        found.retain(|snap| {
            let turn = (snap.bearing_deg - bearing).rem_euclid(360.0);
            turn.min(360.0 - turn) < 20.0
        });
        let goes_on = |edge: u32| {
            last == Some(edge)
                || last.is_some_and(|l| roads.out_turns(l, Vehicle::Car).any(|t| t.edge == edge))
        };
        let Some(edge) = found.iter().map(|s| s.edge).find(|e| goes_on(*e)).or(found.first().map(|s| s.edge))
        else {
            return Followed::Missing(a, b);
        };
        if let Some(before) = last.filter(|l| *l != edge) {
            let Some(turn) = roads.out_turns(before, Vehicle::Car).find(|t| t.edge == edge) else {
                return Followed::NoTurn { at: a, before, after: edge };
            };
            ms += f64::from(turn.cost_ms);
        }
        let length = f64::from(roads.edge_length_m(edge)).max(0.1);
        ms += f64::from(roads.edge_time_ms(edge, Vehicle::Car)) * a.distance_m(b) / length;
        if let Some(slot) = by_class_m.get_mut(roads.edge_class(edge) as usize) {
            *slot += a.distance_m(b) as f32;
        }
        last = Some(edge);
    }
    Followed::All { ms, by_class_m }
}
