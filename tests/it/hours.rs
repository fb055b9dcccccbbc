//! Shifts by the work schedule: a phone app's positions begin them where the organization says so, and only there.

use chrono::{DateTime, Days, FixedOffset, TimeDelta, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use crate::house::eventually;
use crate::jobs::Company;

async fn hours(c: &Company, spans: Value) {
    let weekly: Value = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .into_iter()
        .map(|d| (d.to_owned(), spans.clone()))
        .collect();
    let path = format!("/api/users/{}/schedule", c.ana.user);
    let put = c.house.request(Method::PUT, Some(&c.owner), &path).json(&json!({"weekly": weekly}));
    c.house.send(put).await.ok();
}

async fn pair(c: &Company) -> String {
    let body = json!({"user_id": c.ana.user, "name": "Moto G de Ana"});
    c.house.post(&c.owner, "/api/devices", body).await.ok()["token"].as_str().unwrap().to_owned()
}

async fn send(c: &Company, token: &str, at: DateTime<Utc>) {
    let point = json!({"_type": "location", "lat": -34.9, "lon": -60.0, "tst": at.timestamp()});
    let answer = c.house.post(None, &format!("/ingest/{token}/owntracks"), point).await;
    assert_eq!(answer.status, 200);
}

async fn shifts(c: &Company) -> Vec<Value> {
    let all = c.house.get(&c.owner, &format!("/api/shifts?user_id={}", c.ana.user)).await.ok();
    all["items"].as_array().unwrap().clone()
}

async fn stored(c: &Company) -> i64 {
    let mut sql = c.house.sql().await;
    sqlx::query_scalar("select count(*) from position").fetch_one(&mut sql).await.unwrap()
}

/// Yesterday at this hour, as Buenos Aires counts.
fn yesterday(hour: u32) -> DateTime<Utc> {
    let zone = FixedOffset::west_opt(3 * 3_600).unwrap();
    let day = Utc::now().with_timezone(&zone).date_naive() - Days::new(1);
    day.and_hms_opt(hour, 0, 0).unwrap().and_local_timezone(zone).unwrap().to_utc()
}

#[tokio::test]
async fn hours_count_where_the_organization_says_so() {
    let c = Company::open().await;
    let house = &c.house;
    let token = pair(&c).await;
    hours(&c, json!([["09:00", "18:00"]])).await;
    send(&c, &token, yesterday(10)).await;
    assert_eq!(
        (stored(&c).await, shifts(&c).await.len()),
        (0, 0),
        "explicit shifts alone, when nobody said otherwise"
    );
    let rule = json!({"ingest_shift": "schedule"});
    house.patch(&c.ana, "/api/organization", rule.clone()).await.refused(403, "AUTH_003");
    let always = house.patch(&c.owner, "/api/organization", json!({"ingest_shift": "always"})).await;
    assert!([400, 422].contains(&always.status), "{}", always.text);
    assert_eq!(house.patch(&c.owner, "/api/organization", rule).await.ok()["ingest_shift"], "schedule");

    send(&c, &token, yesterday(20)).await;
    assert_eq!((stored(&c).await, shifts(&c).await.len()), (0, 0), "never outside of the hours");
    send(&c, &token, yesterday(10)).await;
    send(&c, &token, yesterday(11)).await;
    assert_eq!(stored(&c).await, 2);
    let all = shifts(&c).await;
    let moment = |v: &Value| v.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!(all.len(), 1, "one for the hours");
    assert_eq!((moment(&all[0]["started_at"]), moment(&all[0]["ended_at"])), (yesterday(9), yesterday(18)));
    assert_eq!(
        (&all[0]["started_by"], &all[0]["ended_by_type"], &all[0]["end_reason"]),
        (&Value::Null, &json!("system"), &json!("hours"))
    );
}

/// A shift of hours that last is open and ends with them; whoever ended theirs within the hours stays off.
#[tokio::test]
async fn who_decides_for_themselves_is_left_alone() {
    let c = Company::open().await;
    let house = &c.house;
    let token = pair(&c).await;
    house.patch(&c.owner, "/api/organization", json!({"ingest_shift": "schedule"})).await.ok();
    send(&c, &token, Utc::now()).await;
    assert!(shifts(&c).await.is_empty(), "nobody said when she works");
    hours(&c, json!([["00:00", "24:00"]])).await;
    send(&c, &token, Utc::now()).await;
    let open = shifts(&c).await;
    assert!(open[0]["ended_at"].is_null() && open[0]["started_by"].is_null(), "{open:?}");
    // The hours are over: it ends by itself at their end, and not before what is stored.
    hours(&c, json!([])).await;
    let mut sql = house.sql().await;
    sqlx::query("update shift set started_at = $1 where user_id = $2")
        .bind(yesterday(9))
        .bind(c.ana.user.0)
        .execute(&mut sql)
        .await
        .unwrap();
    hours(&c, json!([["09:00", "18:00"]])).await;
    sqlx::query("delete from position").execute(&mut sql).await.unwrap();
    sqlx::query(
        "update task set run_at = now() - interval '1 second' where kind = 'shift.watch' and state = 'later'",
    )
    .execute(&mut sql)
    .await
    .unwrap();
    let ended = eventually("it ends with the hours", async || {
        shifts(&c).await.first().filter(|s| s["ended_at"].is_string()).cloned()
    })
    .await;
    assert_eq!((&ended["end_reason"], &ended["ended_by_type"]), (&json!("hours"), &json!("system")));
    assert_eq!(ended["ended_at"].as_str().unwrap().parse::<DateTime<Utc>>().unwrap(), yesterday(18));
    // Ana begins and ends hers: her phone's app begins no other.
    hours(&c, json!([["00:00", "24:00"]])).await;
    for on in [true, false] {
        house.post(&c.ana, "/api/shifts", json!({"on": on})).await.ok();
    }
    let before = stored(&c).await;
    send(&c, &token, Utc::now() + TimeDelta::seconds(2)).await;
    assert_eq!((shifts(&c).await.len(), stored(&c).await), (2, before), "she went home");
}
