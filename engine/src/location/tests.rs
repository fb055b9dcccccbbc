//! What a save makes of a location.

use super::*;
use proptest::prelude::*;

const HERE: (f64, f64) = (-34.6, -58.4);
const THERE: (f64, f64) = (-34.7, -58.5);

fn geocoded() -> Location {
    Location { place: Some(HERE), source: Some(Source::Geocoded), confidence: Some(0.9) }
}

#[test]
fn an_address_that_changes_is_looked_up_unless_a_person_pinned_it() {
    let moved = Some("Belgrano 200");
    let ask = Next::Ask("Belgrano 200".to_owned());
    assert_eq!(next((Location::default(), None), moved, None), ask);
    assert_eq!(next((geocoded(), Some("Mitre 1")), moved, None), ask);
    let pinned = Location::pinned(HERE);
    assert_eq!(next((pinned, Some("Mitre 1")), moved, None), Next::Settled(pinned));
    assert_eq!(next((pinned, Some("Mitre 1")), moved, Some(None)), ask);
}

#[test]
fn what_did_not_change_is_not_looked_up_again() {
    let same = Some("mitre  1");
    assert_eq!(next((geocoded(), Some("Mitre 1")), same, None), Next::Settled(geocoded()));
    assert_eq!(next((geocoded(), Some("Mitre 1")), same, Some(Some(HERE))), Next::Settled(geocoded()));
    let unsure = Location { confidence: Some(0.3), ..Location::default() };
    assert_eq!(next((unsure, Some("Mitre 1")), same, None), Next::Settled(unsure));
    // Saved before there was a map: looked up at the next save.
    assert_eq!(next((Location::default(), Some("Mitre 1")), same, None), Next::Ask("mitre  1".to_owned()));
}

#[test]
fn only_sure_and_exact_answers_are_taken() {
    let found = |confidence, precision| Found {
        label: "Mitre 1".to_owned(),
        kind: places::FoundKind::Street,
        at: Coord::new(HERE.0, HERE.1).unwrap(),
        confidence,
        precision,
    };
    let taken = judge(Some(&found(0.9, Precision::Number)));
    assert_eq!((taken.place, taken.source), (Some(HERE), Some(Source::Geocoded)));
    for unsure in
        [found(0.5, Precision::Number), found(0.95, Precision::Street), found(0.95, Precision::Place)]
    {
        let left = judge(Some(&unsure));
        assert!(left.is_unsure() && left.source.is_none(), "{unsure:?}");
    }
    assert!(judge(None).is_unsure());
}

fn location() -> impl Strategy<Value = Location> {
    prop_oneof![
        Just(Location::default()),
        Just(Location::pinned(HERE)),
        Just(geocoded()),
        Just(Location { confidence: Some(0.2), ..Location::default() }),
    ]
}

proptest! {
    /// A person's pin that is sent is what stands; one that stands is moved by nothing but another or its removal.
    #[test]
    fn a_persons_pin_always_wins(before in location(), old in "[a-c]{0,2}", new in "[a-c]{0,2}") {
        let address = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (old, new) = (address(&old), address(&new));
        let sent = next((before, old.as_deref()), new.as_deref(), Some(Some(THERE)));
        prop_assert_eq!(sent, Next::Settled(Location::pinned(THERE)));
        let kept = next((Location::pinned(HERE), old.as_deref()), new.as_deref(), None);
        prop_assert_eq!(kept, Next::Settled(Location::pinned(HERE)));
    }

    /// A place that the index gave never outlives its address.
    #[test]
    fn a_geocoded_place_goes_with_its_address(old in "[a-c]{1,3}", new in "[a-c]{0,3}") {
        prop_assume!(old != new);
        let address = (!new.is_empty()).then_some(new.as_str());
        prop_assert_ne!(next((geocoded(), Some(&old)), address, None), Next::Settled(geocoded()));
    }
}
