//! How fast a way is driven without traffic.

use super::Kind;
use super::facts::Facts;
use crate::eta::Vehicle;
use crate::roads::class::Class;

/// Drivers stay somewhat under a limit on average: corners, parked cars, people.
const OF_LIMIT: f32 = 0.85;
/// A limit lifts a class above its default by no more than this: narrow streets are slow at any limit.
const MOST_LIFT: f32 = 1.4;
const KMH_PER_MPH: f32 = 1.609_344;
const KMH_PER_KNOT: f32 = 1.852;
/// Nobody is slower for long.
const LEAST_KMH: f32 = 4.0;

/// km/h of a vehicle in a direction.
pub(super) fn kmh(
    facts: &Facts<'_>,
    kind: Kind,
    vehicle: Vehicle,
    against: bool,
    length_m: &impl Fn() -> f64,
) -> f32 {
    if kind.class == Class::Ferry {
        return ferry(facts, length_m());
    }
    let usual = usual(facts, kind);
    let own = facts.maxspeed_motorcycle.filter(|_| vehicle == Vehicle::Motorbike);
    let said = own.or(facts.maxspeed.get(against));
    let limit = said
        .and_then(|text| limit(text, kind.class))
        .or_else(|| facts.zone.and_then(|text| limit(text, kind.class)));
    let driven = limit.map_or(usual, |limit| (limit * OF_LIMIT).min(usual * MOST_LIFT));
    driven.min(surface(facts)).max(LEAST_KMH)
}

/// What the kind of road suggests.
fn usual(facts: &Facts<'_>, kind: Kind) -> f32 {
    let base = kind.class.default_kmh() * if kind.is_link { 0.65 } else { 1.0 };
    match (kind.class, facts.service) {
        (Class::Service, Some("parking_aisle" | "drive-through")) => 8.0,
        (Class::Service, Some("driveway" | "alley")) => 11.0,
        _ => base,
    }
}

/// A limit in km/h: numbers with units, or a name such as `AR:urban`. `None` for `signals`, `variable` and what is not understood.
fn limit(text: &str, class: Class) -> Option<f32> {
    // Several limits (by lane or hour): the least.
    text.split([';', '|']).filter_map(|part| one(part.trim(), class)).reduce(f32::min)
}

fn one(text: &str, class: Class) -> Option<f32> {
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    if let Ok(number) = number.parse::<f32>() {
        let factor = match unit.trim() {
            "" | "km/h" | "kmh" | "kph" => 1.0,
            "mph" => KMH_PER_MPH,
            "knots" => KMH_PER_KNOT,
            _ => return None,
        };
        return (1.0..=250.0).contains(&(number * factor)).then_some(number * factor);
    }
    match text {
        "none" => Some(130.0),
        "walk" | "walking" => Some(6.0),
        _ => named(text, class),
    }
}

/// `AR:urban`, `PT:rural`, `BR:zone30`, `urban` ..
fn named(text: &str, class: Class) -> Option<f32> {
    let (country, name) = text.split_once(':').unwrap_or(("", text));
    // `DE:zone30`, `zone:30`, `BE:50`.
    if let Ok(number) = name.trim_start_matches("zone").trim_start_matches(':').parse::<f32>() {
        return (1.0..=250.0).contains(&number).then_some(number);
    }
    let is_avenue = matches!(class, Class::Primary | Class::Secondary | Class::Trunk);
    Some(match (country, name) {
        ("AR", "urban") if is_avenue => 60.0,
        ("AR", "urban") => 40.0,
        ("AR", "urban:primary" | "urban:secondary") => 60.0,
        ("AR", "rural") => 110.0,
        ("AR", "trunk" | "expressway") => 120.0,
        ("AR", "motorway") => 130.0,
        ("BR", "urban") if is_avenue => 60.0,
        ("BR", "urban") => 40.0,
        ("BR" | "PT", "trunk") => 100.0,
        ("BR", "motorway") => 110.0,
        (_, "urban") => 50.0,
        (_, "rural") => 90.0,
        (_, "trunk") => 100.0,
        (_, "motorway") => 120.0,
        (_, "living_street" | "bicycle_road") => 20.0,
        _ => return None,
    })
}

/// What the ground allows at best.
fn surface(facts: &Facts<'_>) -> f32 {
    let by_surface = match facts.surface {
        Some("cobblestone" | "unhewn_cobblestone" | "cobblestone:flattened") => 32.0,
        Some("sett" | "paving_stones" | "concrete:lanes" | "metal" | "wood") => 50.0,
        Some("compacted" | "fine_gravel") => 60.0,
        // Ripio: rutas provinciales of it are driven at sixty.
        Some("gravel" | "unpaved" | "pebblestone") => 50.0,
        Some("dirt" | "earth" | "ground" | "grass_paver" | "clay") => 35.0,
        Some("grass" | "mud" | "sand" | "rock" | "stone") => 15.0,
        _ => f32::INFINITY,
    };
    let by_grade = match facts.tracktype {
        Some("grade1") => 45.0,
        Some("grade2") => 30.0,
        Some("grade3") => 22.0,
        Some("grade4" | "grade5") => 12.0,
        _ => f32::INFINITY,
    };
    let by_smoothness = match facts.smoothness {
        Some("bad") => 40.0,
        Some("very_bad") => 20.0,
        Some("horrible" | "very_horrible") => 10.0,
        _ => f32::INFINITY,
    };
    by_surface.min(by_grade).min(by_smoothness)
}

/// By its `duration` (`HH:MM`, `HH:MM:SS` or minutes) where it has one.
fn ferry(facts: &Facts<'_>, length_m: f64) -> f32 {
    let hours = facts.duration.and_then(hours).filter(|h| *h > 0.0);
    let kmh = hours.map_or(Class::Ferry.default_kmh(), |hours| (length_m / 1e3 / hours) as f32);
    kmh.clamp(1.0, 80.0)
}

fn hours(text: &str) -> Option<f64> {
    let parts = text.split(':').map(|p| p.trim().parse::<f64>().ok()).collect::<Option<Vec<_>>>()?;
    match parts.as_slice() {
        [minutes] => Some(minutes / 60.0),
        [hours, minutes] => Some(hours + minutes / 60.0),
        [hours, minutes, seconds] => Some(hours + minutes / 60.0 + seconds / 3600.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_with_their_units_and_names() {
        let read = |text| limit(text, Class::Residential);
        assert_eq!(read("50"), Some(50.0));
        assert_eq!(read("50 km/h"), Some(50.0));
        assert!((read("30 mph").unwrap() - 48.28).abs() < 0.01 && read("30mph") == read("30 mph"));
        assert_eq!(read("60;40"), Some(40.0));
        assert_eq!(read("AR:urban"), Some(40.0));
        assert_eq!(limit("AR:urban", Class::Primary), Some(60.0));
        assert_eq!(limit("AR:motorway", Class::Motorway), Some(130.0));
        assert_eq!(read("PT:zone30"), Some(30.0));
        assert_eq!(read("DE:zone:30"), Some(30.0));
        for unknown in ["signals", "variable", "", "fast", "-5", "5 parsecs", "0"] {
            assert_eq!(read(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn durations_of_ferries() {
        assert_eq!(hours("00:30"), Some(0.5));
        assert_eq!(hours("90"), Some(1.5));
        assert_eq!(hours("01:00:00"), Some(1.0));
        assert_eq!(hours("P1D"), None);
    }
}
