//! The table of functional.md section 9, cell by cell.

use super::*;
use proptest::prelude::*;
use uuid::Uuid;

fn org(n: u128) -> Option<OrgId> {
    Some(OrgId(Uuid::from_u128(n)))
}

fn tally(org: Option<OrgId>, signal: Signal, good: i64, bad: i64) -> Tally {
    Tally { org, signal, good, bad }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

/// What stood for `minutes`, everywhere.
fn stood(mode: Mode, cause: Cause, minutes: i64) -> Stands {
    let since = now() - TimeDelta::minutes(minutes);
    Stands { mode, cause, since, held_at: now() }
}

fn nothing(_: Option<OrgId>, _: Service) -> Option<Stands> {
    None
}

fn told(changes: &[Change]) -> Vec<(Option<OrgId>, Service, Mode, Cause)> {
    changes.iter().map(|c| (c.org, c.service, c.mode, c.cause)).collect()
}

#[test]
fn deliveries_that_fail_are_a_panic_from_ten_on_and_over_a_fifth() {
    for (good, bad, panics) in
        [(7, 2, false), (8, 2, false), (7, 3, true), (1, 1, false), (80, 20, false), (79, 21, true)]
    {
        let changes = judge(&[tally(None, Signal::Delivery, good, bad)], &[], &nothing, now());
        let expected = [(None, Service::WhatsApp, Mode::Panic, Cause::Rate)];
        assert_eq!(told(&changes), expected[..usize::from(panics)], "{good} good, {bad} bad");
    }
}

#[test]
fn one_organizations_number_is_its_own_panic() {
    let tallies = [tally(org(1), Signal::Delivery, 0, 50), tally(org(2), Signal::Delivery, 60, 0)];
    let changes = judge(&tallies, &[], &nothing, now());
    assert_eq!(told(&changes), [(org(1), Service::WhatsApp, Mode::Panic, Cause::Rate)]);
    assert!(changes[0].reason.contains("100 % de 50"), "{}", changes[0].reason);
    // Two of them, and it is WhatsApp.
    let tallies = [tally(org(1), Signal::Delivery, 0, 50), tally(org(2), Signal::Delivery, 60, 40)];
    let changes = judge(&tallies, &[], &nothing, now());
    assert_eq!(changes.iter().map(|c| c.org).collect::<Vec<_>>(), [None, org(1), org(2)]);
    // Thirty who each sent too little to say anything say it together.
    let tallies: Vec<_> = (0..30).map(|n| tally(org(n), Signal::Delivery, 1, 1)).collect();
    assert_eq!(told(&judge(&tallies, &[], &nothing, now())).len(), 1);
}

#[test]
fn a_long_open_breaker_is_a_panic_and_a_persons_word_gives_it_time() {
    let open = |s| [(Service::WhatsApp, Duration::from_secs(s))];
    assert!(judge(&[], &open(599), &nothing, now()).is_empty());
    let changes = judge(&[], &open(600), &nothing, now());
    assert_eq!(told(&changes), [(None, Service::WhatsApp, Mode::Panic, Cause::Breaker)]);
    let said_ok = |minutes| move |_, _| Some(stood(Mode::Ok, Cause::Person, minutes));
    assert!(judge(&[], &open(4_000), &said_ok(9), now()).is_empty());
    assert_eq!(judge(&[], &open(4_000), &said_ok(10), now()).len(), 1);
    // A service that the table does not name has a breaker and no panic.
    assert!(judge(&[], &[(Service::Twilio, Duration::from_secs(90_000))], &nothing, now()).is_empty());
}

#[test]
fn voice_comes_back_when_people_take_what_was_understood() {
    let rate = |_, service| (service == Service::OpenAi).then(|| stood(Mode::Panic, Cause::Rate, 30));
    let low = [tally(org(1), Signal::VoiceConfidence, 11, 9)];
    assert_eq!(
        told(&judge(&low, &[], &nothing, now())),
        [(org(1), Service::OpenAi, Mode::Panic, Cause::Rate)]
    );
    for (good, bad, is_over) in [(7, 3, false), (8, 2, true), (5, 0, false)] {
        let reviews = [tally(org(1), Signal::VoiceReview, good, bad)];
        let over = judge(&reviews, &[], &rate, now());
        assert_eq!(
            over.iter().any(|c| c.org == org(1) && c.mode == Mode::Ok),
            is_over,
            "{good} of {}",
            good + bad
        );
    }
    // By a breaker: when nobody has seen it open for a while. By a person: never by itself.
    let by = |cause, held_s| {
        move |org: Option<OrgId>, service| {
            let held_at = now() - TimeDelta::seconds(held_s);
            (service == Service::OpenAi && org.is_none())
                .then(|| Stands { held_at, ..stood(Mode::Panic, cause, 30) })
        }
    };
    assert!(judge(&[], &[], &by(Cause::Breaker, 60), now()).is_empty());
    assert_eq!(
        told(&judge(&[], &[], &by(Cause::Breaker, 91), now())),
        [(None, Service::OpenAi, Mode::Ok, Cause::Rate)]
    );
    let reviews = [tally(org(1), Signal::VoiceReview, 50, 0)];
    assert!(judge(&reviews, &[], &by(Cause::Person, 91), now()).is_empty());
}

proptest! {
    /// WhatsApp's panic ends by a person alone, whatever is measured; and who panics is not sent into panic again.
    #[test]
    fn whatsapp_waits_for_a_person(good in 0..500i64, bad in 0..500i64, open_s in 0..10_000u64, minutes in 0..500i64) {
        let panic = |_, _| Some(stood(Mode::Panic, Cause::Rate, minutes));
        let tallies = [tally(None, Signal::Delivery, good, bad), tally(org(1), Signal::Delivery, bad, good)];
        let open = [(Service::WhatsApp, Duration::from_secs(open_s))];
        prop_assert!(judge(&tallies, &open, &panic, now()).is_empty());
    }

    /// A reason always fits its column: 10 to 500 characters.
    #[test]
    fn reasons_fit(good in 0..1_000_000_000i64, bad in 0..1_000_000_000i64, open_s in 0..10_000u64) {
        let tallies = [tally(None, Signal::Delivery, good, bad), tally(org(1), Signal::VoiceConfidence, good, bad)];
        for change in judge(&tallies, &[(Service::OpenAi, Duration::from_secs(open_s))], &nothing, now()) {
            prop_assert!((10..=500).contains(&change.reason.chars().count()), "{}", change.reason);
        }
    }
}
