use super::*;
use proptest::prelude::*;

const AT: i64 = 1_760_000_000_000;

fn read(points: &str) -> Vec<RawPoint> {
    Pings::read(&format!(r#"{{"type":"pings","from":7,"now":{AT},"points":{points}}}"#)).unwrap().points
}

fn refused(point: &str) -> bool {
    let points = read(&format!("[{point}]"));
    assert_eq!(points.len(), 1, "{point}");
    points[0].fix(1, 7, 0) == Err(Refusal::Range)
}

#[test]
fn a_whole_point_keeps_all_it_says() {
    let json = format!(
        r#"[{{"at":{AT},"lat":-34.6037221,"lon":-58.3815929,"accuracy_m":8.04,"speed_mps":12.344,"heading_deg":90.04,
            "altitude_m":25.4,"battery":0.834,"charging":true,"activity":"in_vehicle","mock":true,"new":[{{}}]}}]"#
    );
    let fix = read(&json)[0].fix(3, 7, 5_000).unwrap();
    assert_eq!((fix.source, fix.seq, fix.at_ms, fix.corrected_ms), (3, 7, AT, AT + 5_000));
    assert_eq!((fix.coord.lat_e7(), fix.coord.lon_e7()), (-346_037_221, -583_815_929));
    assert_eq!((fix.accuracy_m, fix.speed_mps, fix.heading_deg), (Some(8.0), Some(12.34), Some(90.0)));
    assert_eq!((fix.altitude_m, fix.battery, fix.charging), (Some(25.0), Some(0.83), Some(true)));
    assert_eq!((fix.activity, fix.mock), (Some(Activity::InVehicle), true));
}

#[test]
fn a_bad_point_is_refused_and_hurts_no_other() {
    let at = format!(r#""at":{AT}"#);
    for bad in [
        "null".into(),
        "7".into(),
        "-7.5".into(),
        "\"x\"".into(),
        "true".into(),
        "[]".into(),
        "[[[[1]]]]".into(),
        "{}".into(),
        format!("{{{at}}}"),
        format!(r#"{{{at},"lat":null,"lon":-58}}"#),
        format!(r#"{{{at},"lat":"-34","lon":-58}}"#),
        format!(r#"{{{at},"lat":91,"lon":-58}}"#),
        format!(r#"{{{at},"lat":-34,"lon":180.0001}}"#),
        format!(r#"{{{at},"lat":1e308,"lon":-58}}"#),
        format!(r#"{{{at},"lat":1e999,"lon":-58}}"#),
        format!(r#"{{{at},"lat":[-34],"lon":{{"x":1}}}}"#),
        format!(r#"{{{at},"lat":[[[[[[[[]]]]]]]],"lon":0}}"#),
        r#"{"at":-1,"lat":-34,"lon":-58}"#.into(),
        r#"{"at":1.5,"lat":-34,"lon":-58}"#.into(),
        r#"{"at":"1760000000000","lat":-34,"lon":-58}"#.into(),
        r#"{"at":4102444800001,"lat":-34,"lon":-58}"#.into(),
        r#"{"at":99999999999999999999,"lat":-34,"lon":-58}"#.into(),
        r#"{"at":1e999,"lat":-34,"lon":-58}"#.into(),
        r#"{"lat":-34,"lon":-58}"#.into(),
    ] {
        assert!(refused(&bad), "{bad}");
        let good = format!(r#"{{"at":{AT},"lat":-34,"lon":-58}}"#);
        let fixes: Vec<_> = read(&format!("[{good},{bad},{good}]")).iter().map(|p| p.fix(1, 1, 0)).collect();
        assert!(fixes[0].is_ok() && fixes[1].is_err() && fixes[2].is_ok(), "{bad}");
    }
}

#[test]
fn a_bad_extra_costs_only_itself() {
    for extra in [
        r#""accuracy_m":-1"#,
        r#""accuracy_m":1e999"#,
        r#""accuracy_m":null"#,
        r#""speed_mps":-1"#,
        r#""speed_mps":"fast""#,
        r#""heading_deg":400"#,
        r#""heading_deg":-1"#,
        r#""battery":7"#,
        r#""battery":{"level":1}"#,
        r#""charging":"yes""#,
        r#""activity":"flying""#,
        r#""activity":"\ud800""#,
        r#""activity":5"#,
        r#""altitude_m":1e30"#,
        r#""mock":1"#,
        r#""later":1e999"#,
        r#""later":{"a":[[[["\ud800"]]]]}"#,
    ] {
        let points = read(&format!(r#"[{{"at":{AT},"lat":-34,"lon":-58,{extra}}}]"#));
        let plain = read(&format!(r#"[{{"at":{AT},"lat":-34,"lon":-58}}]"#));
        assert_eq!(points[0].fix(1, 1, 0), plain[0].fix(1, 1, 0), "{extra}");
        assert!(points[0].fix(1, 1, 0).is_ok(), "{extra}");
    }
}

#[test]
fn a_very_imprecise_fix_stays_imprecise() {
    let points = read(&format!(r#"[{{"at":{AT},"lat":-34,"lon":-58,"accuracy_m":1e9}}]"#));
    assert_eq!(points[0].fix(1, 1, 0).unwrap().accuracy_m, Some(3_276.7));
}

#[test]
fn a_broken_frame_is_an_error() {
    for frame in [
        "",
        "[]",
        r#"{"from":1,"now":2}"#,
        r#"{"from":1.5,"now":2,"points":[]}"#,
        r#"{"from":1,"now":null,"points":[]}"#,
        r#"{"from":1,"now":2,"points":{}}"#,
        r#"{"from":1,"now":2,"points":[}"#,
        r#"{"from":1,"now":2,"points":[NaN]}"#,
    ] {
        assert!(Pings::read(frame).is_err(), "{frame}");
    }
}

#[test]
fn the_schema_asks_for_time_and_place() {
    let schema = serde_json::to_value(schemars::schema_for!(RawPoint)).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["at", "lat", "lon"]));
    assert_eq!(schema["properties"]["lat"]["type"], "number");
}

proptest! {
    /// Whatever numbers come in, reading the frame works, and what became a fix is in range and can be stored.
    #[test]
    fn any_numbers_are_read(
        at in any::<i64>(), lat in any::<f64>(), lon in any::<f64>(),
        extras in prop::collection::vec(any::<f64>(), 5),
        correction in any::<i64>(),
    ) {
        let point = RawPoint {
            at: Some(at.rem_euclid(LAST_AT_MS + 9)), lat: Some(lat % 100.0), lon: Some(lon % 200.0),
            accuracy_m: Some(extras[0]), speed_mps: Some(extras[1]), heading_deg: Some(extras[2]),
            altitude_m: Some(extras[3]), battery: Some(extras[4]), ..RawPoint::default()
        };
        let frame = Pings { from: 1, now: at, points: vec![point] };
        let read = Pings::read(&serde_json::to_string(&frame).unwrap()).unwrap();
        if let Ok(fix) = read.points[0].fix(1, 1, correction) {
            prop_assert_eq!(fix.stored().fix(1, 1, fix.at_ms, fix.corrected_ms), Some(fix));
        }
    }

    /// A fix equals itself after a round through its stored form: live and rebuilt state agree.
    #[test]
    fn stored_and_read_back_is_the_same(
        lat in -90.0..=90.0f64, lon in -180.0..=180.0f64, accuracy in -5.0..5_000.0f64, speed in -5.0..400.0f64,
        heading in -10.0..400.0f64, altitude in -2_000.0..40_000.0f64, battery in -0.2..1.2f64,
        charging in any::<Option<bool>>(), mock in any::<bool>(), activity in 0..5usize,
    ) {
        let activities = [None, Some(Activity::Still), Some(Activity::Walking), Some(Activity::InVehicle), Some(Activity::OnBicycle)];
        let point = RawPoint {
            at: Some(AT), lat: Some(lat), lon: Some(lon), accuracy_m: Some(accuracy), speed_mps: Some(speed),
            heading_deg: Some(heading), altitude_m: Some(altitude), battery: Some(battery), charging,
            activity: activities[activity], mock: Some(mock),
        };
        let fix = point.fix(2, 9, 1_000).unwrap();
        prop_assert_eq!(fix.stored().fix(2, 9, AT, AT + 1_000), Some(fix));
    }
}
