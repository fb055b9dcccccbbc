//! The extract's ways, looked up by where they are: for reasons that name tags.

use campo_geo::Coord;
use campo_geo::osm::Extract;
use campo_geo::segment::closest;

/// Tags that explain why a road may or may not be driven.
const TELLING: [&str; 16] = [
    "highway",
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "oneway",
    "junction",
    "service",
    "area",
    "barrier",
    "surface",
    "tracktype",
    "smoothness",
    "maxspeed",
    "route",
    "impassable",
];

/// The way with `highway` or `route` nearest to the middle of a short step, in words: id, name and telling tags.
pub(super) fn name(extract: &Extract, from: Coord, to: Coord) -> Option<String> {
    let middle = Coord::new((from.lat() + to.lat()) / 2.0, (from.lon() + to.lon()) / 2.0)?;
    let (away_m, place) = (0..extract.way_count() as u32)
        .filter_map(|place| {
            let way = extract.way(place)?;
            (way.tags.get("highway").is_some() || way.tags.is("route", "ferry")).then_some(())?;
            let points: Vec<Coord> = way.nodes().filter_map(|node| extract.at(node)).collect();
            let steps = points.iter().zip(points.iter().skip(1));
            // Both ends of the step lie on it too, or it is a road across.
            let away = steps.map(|(a, b)| [middle, from, to].map(|p| closest(p, *a, *b).distance_m));
            let nearest =
                away.fold([f64::INFINITY; 3], |[a, b, c], [d, e, f]| [a.min(d), b.min(e), c.min(f)]);
            Some((nearest.iter().sum::<f64>(), place))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    let way = extract.way(place).filter(|_| away_m < 15.0)?;
    let tags: Vec<String> =
        TELLING.iter().filter_map(|key| way.tags.get(key).map(|value| format!("{key}={value}"))).collect();
    Some(format!("way {} {:?} ({})", way.id, way.tags.get("name").unwrap_or(""), tags.join(", ")))
}
