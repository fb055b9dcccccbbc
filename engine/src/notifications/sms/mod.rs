//! Whether an SMS may leave: they cost money, and whoever makes us send many earns by it (reliability.md section 6).

mod sql;

use std::time::Duration;

use chrono::Utc;

use crate::Engine;
use crate::error::Result;
use crate::settings::Twilio;

/// Seconds between two SMS to one number.
const COOLDOWN_S: i64 = 60;

/// Whether an SMS may leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// It may, and is counted.
    Go,
    /// Not before so long.
    Wait(Duration),
    /// Not in this hour, or never.
    No(&'static str),
}

/// What left in the last hour.
#[derive(Debug, Clone, Copy, Default, sqlx::FromRow)]
struct Counts {
    /// Seconds since the last one to this number.
    newest_s: Option<i64>,
    number: i64,
    block: i64,
    unknown: i64,
    in_all: i64,
}

/// Asks for leave and counts it. `is_known`: somebody of ours, or a customer.
pub(super) async fn take(engine: &Engine, phone: &str, is_known: bool) -> Result<Leave> {
    let mut tx = engine.db.identity().await?;
    // One at a time, so that caps hold whatever comes at once.
    sql::lock(&mut tx).await?;
    let counts = sql::counts(&mut tx, phone, block(phone)).await?;
    let leave = judge(&engine.settings.twilio, phone, is_known, &counts);
    if leave == Leave::Go {
        sql::insert(&mut tx, phone, block(phone), is_known, Utc::now()).await?;
        tx.commit().await?;
    } else {
        metrics::counter!("campo_sms_held_back_total").increment(1);
    }
    Ok(leave)
}

/// Erases what no cap looks at any more.
pub(crate) async fn sweep(engine: &Engine) -> Result<()> {
    let mut tx = engine.db.identity().await?;
    sql::sweep(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// All but the last four digits.
fn block(phone: &str) -> &str {
    phone.get(..phone.len().saturating_sub(4)).unwrap_or(phone)
}

/// Pure.
fn judge(caps: &Twilio, phone: &str, is_known: bool, counts: &Counts) -> Leave {
    let over = |count: i64, most: u32| count >= i64::from(most);
    if !caps.prefixes.iter().any(|p| phone.starts_with(p.as_str())) {
        return Leave::No("sms_prefix");
    }
    if over(counts.number, caps.per_number) {
        return Leave::No("sms_number_cap");
    }
    if over(counts.block, caps.per_block) {
        return Leave::No("sms_block_cap");
    }
    if !is_known && over(counts.unknown, caps.per_unknown) {
        return Leave::No("sms_unknown_cap");
    }
    if over(counts.in_all, caps.in_all) {
        return Leave::No("sms_cap");
    }
    match counts.newest_s.map(|s| COOLDOWN_S - s).and_then(|left| u64::try_from(left).ok()) {
        Some(left) if left > 0 => Leave::Wait(Duration::from_secs(left)),
        _ => Leave::Go,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PHONE: &str = "+5491155550001";

    #[test]
    fn each_cap_holds_back() {
        let caps = Twilio::default();
        let none = Counts::default();
        for (phone, is_known, counts, expected) in [
            (PHONE, true, none, Leave::Go),
            ("+15551234567", true, none, Leave::No("sms_prefix")),
            (PHONE, true, Counts { newest_s: Some(10), ..none }, Leave::Wait(Duration::from_secs(50))),
            (PHONE, true, Counts { newest_s: Some(60), number: 1, ..none }, Leave::Go),
            (PHONE, true, Counts { number: 3, ..none }, Leave::No("sms_number_cap")),
            (PHONE, true, Counts { block: 20, ..none }, Leave::No("sms_block_cap")),
            (PHONE, true, Counts { unknown: 60, ..none }, Leave::Go),
            (PHONE, false, Counts { unknown: 60, ..none }, Leave::No("sms_unknown_cap")),
            (PHONE, true, Counts { in_all: 300, ..none }, Leave::No("sms_cap")),
        ] {
            assert_eq!(judge(&caps, phone, is_known, &counts), expected, "{phone} {is_known} {counts:?}");
        }
    }

    proptest! {
        /// Ten thousand numbers asked for by whoever: no more leave than the caps say.
        #[test]
        fn pumping_ends_at_the_caps(numbers in proptest::collection::vec(0..100_000u32, 1..400), known: bool) {
            let caps = Twilio { per_block: 5, per_unknown: 15, in_all: 40, ..Twilio::default() };
            let mut sent: Vec<String> = Vec::new();
            for n in numbers {
                let phone = format!("+54911{:08}", 40_000_000 + n);
                let count = |of: &dyn Fn(&String) -> bool| sent.iter().filter(|p| of(p)).count() as i64;
                let counts = Counts {
                    newest_s: sent.contains(&phone).then_some(3_000),
                    number: count(&|p| *p == phone),
                    block: count(&|p| block(p) == block(&phone)),
                    unknown: if known { 0 } else { sent.len() as i64 },
                    in_all: sent.len() as i64,
                };
                if judge(&caps, &phone, known, &counts) == Leave::Go {
                    sent.push(phone);
                }
            }
            let most = if known { 40 } else { 15 };
            prop_assert!(sent.len() <= most);
        }
    }
}
