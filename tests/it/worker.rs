//! Durable work: carried out once by one of many, tried again, and buried in the end.

use campo_engine::task::{self, NewTask};
use serde_json::json;
use sqlx::PgConnection;

use crate::house::{House, eventually, fresh_phone};

async fn states(sql: &mut PgConnection) -> Vec<(String, i16, Option<String>)> {
    sqlx::query_as(
        "select state, attempts, last_error from task where kind <> 'upkeep.sweep' order by created_at",
    )
    .fetch_all(sql)
    .await
    .unwrap()
}

/// Two nodes over one database send each code once.
#[tokio::test]
async fn two_nodes_do_each_task_once() {
    let first = House::start().await;
    let second = House::over(first.database(), true, &[]).await;
    let phones: Vec<String> = (0..20).map(|_| fresh_phone()).collect();
    for phone in &phones {
        let sent = first.post(None, "/api/auth/otp/send", json!({"phone": phone})).await;
        assert_eq!(sent.status, 202);
    }
    for phone in &phones {
        eventually("the code arrives", async || {
            let (here, there) = (first.inbox(phone).await.len(), second.inbox(phone).await.len());
            assert!(here + there <= 1, "sent twice");
            (here + there == 1).then_some(())
        })
        .await;
    }
    let states = states(&mut first.sql().await).await;
    assert!(states.iter().all(|(_, attempts, _)| *attempts == 1), "{states:?}");
}

/// Without a channel a code cannot leave: it is said, tried again and in the end dead, never lost in silence.
#[tokio::test]
async fn what_fails_is_tried_again_and_buried_in_the_end() {
    let house = House::with(false, &[]).await;
    house.post(None, "/api/auth/otp/send", json!({"phone": fresh_phone()})).await.ok();
    let mut sql = house.sql().await;
    eventually("the first attempt fails", async || {
        let states = states(&mut house.sql().await).await;
        let (state, attempts, error) = states.first()?.clone();
        (state == "later" && attempts >= 1 && error?.contains("none is configured")).then_some(())
    })
    .await;
    sqlx::query("update task set attempts = 7, run_at = now(), state = 'ready'")
        .execute(&mut sql)
        .await
        .unwrap();
    eventually("the eighth attempt is the last", async || {
        states(&mut house.sql().await)
            .await
            .first()
            .is_some_and(|(state, _, _)| state == "dead")
            .then_some(())
    })
    .await;
}

/// A worker that died keeps nothing: its lease ends and another one goes on.
#[tokio::test]
async fn a_lost_lease_is_taken_over() {
    let house = House::with(false, &[]).await;
    let other = House::over(house.database(), true, &[]).await;
    let mut sql = house.sql().await;
    // A task that a dead worker holds, as its row says.
    sqlx::query(
        "insert into task (task_id, kind, payload, lease, leased_until, attempts, state)
         values (gen_random_uuid(), 'otp.send', $1, gen_random_uuid(), now() + interval '2 seconds', 1, 'running')",
    )
    .bind(json!({"challenge": uuid::Uuid::new_v4()}))
    .execute(&mut sql)
    .await
    .unwrap();
    eventually("somebody goes on", async || {
        states(&mut other.sql().await)
            .await
            .first()
            .is_some_and(|(state, _, _)| state == "done")
            .then_some(())
    })
    .await;
    let states = states(&mut sql).await;
    assert_eq!(states[0].1, 2, "the attempt of the dead one counts");
}

/// One open task for a key.
#[tokio::test]
async fn a_key_is_one_open_task() {
    let house = House::with(false, &[]).await;
    let mut tx = house.app.engine.db.identity().await.unwrap();
    for _ in 0..3 {
        let mut new = NewTask::new("test.later", None, json!({})).unwrap();
        new.unique_key = Some("once".into());
        new.run_at = chrono::Utc::now() + chrono::TimeDelta::days(1);
        task::enqueue(&mut tx, &new).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(states(&mut house.sql().await).await.len(), 1);
}

/// Tasks that do nothing: journeys that never were.
async fn write_noops(sql: &mut PgConnection, org: uuid::Uuid, count: i32) {
    sqlx::query(
        "insert into task (task_id, org_id, kind, payload)
         select gen_random_uuid(), $1, 'journey.expire', jsonb_build_object('org', $1::text, 'session', gen_random_uuid()::text)
         from generate_series(1, $2)",
    )
    .bind(org)
    .bind(count)
    .execute(sql)
    .await
    .unwrap();
}

/// Ten tasks of one organization beside a hundred thousand of another do not wait for them.
#[tokio::test]
async fn organizations_take_turns() {
    let house = House::with(false, &[]).await;
    let mut sql = house.sql().await;
    let (many, few) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    write_noops(&mut sql, many, 100_000).await;
    write_noops(&mut sql, few, 10).await;
    let left: i64 = eventually("the ten are done", async || {
        let (few_left, many_left): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where org_id = $1), count(*) filter (where org_id = $2)
             from task where state <> 'done'",
        )
        .bind(few)
        .bind(many)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
        (few_left == 0).then_some(many_left)
    })
    .await;
    assert!(left > 90_000, "the ten waited for {} of the others", 100_000 - left);
    let running: Option<i64> = sqlx::query_scalar(
        "select max(n) from (select count(*) as n from task a join task b on a.org_id = b.org_id
             and b.started_at <= a.started_at and b.finished_at > a.started_at
         where a.org_id = $1 and a.state = 'done' and b.state = 'done' and a.number % 50 = 0 group by a.task_id) x",
    )
    .bind(many)
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert!(running.unwrap_or(0) <= 10, "no more than its share at once: {running:?}");
}

/// A lane is one at a time and in order, on two nodes; a dead one lets the next go on.
#[tokio::test]
async fn a_lane_is_an_order() {
    let first = House::with(false, &[]).await;
    let _second = House::over(first.database(), false, &[]).await;
    let org = uuid::Uuid::now_v7();
    let engine = &first.app.engine;
    for n in 0..24 {
        let lane = format!("conversation-{}", n % 2);
        engine
            .db
            .within(campo_engine::ids::OrgId(org), async |t| {
                let payload = json!({"org": org, "session": uuid::Uuid::new_v4()});
                // The sixth of each lane can never be done.
                let payload = if n / 2 == 5 { json!({"org": 1}) } else { payload };
                let mut new = NewTask::new("journey.expire", Some(t.org()), payload)?;
                new.lane = Some(lane.clone());
                task::enqueue(t.conn(), &new).await
            })
            .await
            .unwrap();
    }
    let mut sql = first.sql().await;
    // Its eight attempts would take minutes.
    eventually("the broken ones fail", async || {
        let done = sqlx::query(
            "update task set attempts = 7, run_at = now() where state = 'later' and lane is not null",
        )
        .execute(&mut first.sql().await)
        .await
        .unwrap();
        let dead: i64 = sqlx::query_scalar("select count(*) from task where state = 'dead'")
            .fetch_one(&mut first.sql().await)
            .await
            .unwrap();
        (dead == 2 && done.rows_affected() == 0).then_some(())
    })
    .await;
    eventually("the others are done", async || {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from task where lane is not null and state not in ('done', 'dead')",
        )
        .fetch_one(&mut first.sql().await)
        .await
        .unwrap();
        (open == 0).then_some(())
    })
    .await;
    let overlaps: i64 = sqlx::query_scalar(
        "select count(*) from task a join task b using (org_id, lane)
         where a.number < b.number and b.started_at < a.finished_at",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(overlaps, 0, "a later one of a lane began before an earlier one was over");
}

/// Who stalls twice is dead, whatever ended its workers: a poison task ends no third.
#[tokio::test]
async fn who_stalls_twice_is_dead() {
    let house = House::with(false, &[]).await;
    let mut sql = house.sql().await;
    sqlx::query(
        "insert into task (task_id, kind, payload, lease, leased_until, attempts, stalls, state, lane)
         values (gen_random_uuid(), 'otp.send', '{}', gen_random_uuid(), now() - interval '1 second', 2, 1, 'running', 'x'),
                (gen_random_uuid(), 'otp.send', $1, null, null, 0, 0, 'waiting', 'x')",
    )
    .bind(json!({"challenge": uuid::Uuid::new_v4()}))
    .execute(&mut sql)
    .await
    .unwrap();
    eventually("it is dead and the next of its lane is done", async || {
        let states = states(&mut house.sql().await).await;
        let all: Vec<_> = states.iter().map(|(state, _, _)| state.as_str()).collect();
        (all == ["dead", "done"]).then_some(())
    })
    .await;
}

/// A schedule fires once over two nodes, and what was missed fires once.
#[tokio::test]
async fn a_schedule_fires_once_over_all_nodes() {
    let first = House::with(false, &[]).await;
    let _second = House::over(first.database(), false, &[]).await;
    let mut sql = first.sql().await;
    eventually("the worker made its schedules", async || {
        sqlx::query("update schedule set next_at = now() - interval '3 days' where name = 'upkeep.sweep'")
            .execute(&mut first.sql().await)
            .await
            .is_ok_and(|done| done.rows_affected() == 1)
            .then_some(())
    })
    .await;
    eventually("it fired", async || {
        let done: i64 =
            sqlx::query_scalar("select count(*) from task where kind = 'upkeep.sweep' and state = 'done'")
                .fetch_one(&mut first.sql().await)
                .await
                .unwrap();
        (done > 0).then_some(())
    })
    .await;
    let (tasks, is_ahead): (i64, bool) = sqlx::query_as(
        "select (select count(*) from task where kind = 'upkeep.sweep'), (select next_at > now() from schedule where name = 'upkeep.sweep')",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!((tasks, is_ahead), (1, true));
}

/// People see what gave up in their own organization, try it again or let it go; each once.
#[tokio::test]
async fn dead_letters_are_a_persons_to_decide() {
    let house = House::start().await;
    let (owner, stranger) = (house.sign_up("Frío Sur").await, house.stranger().await);
    let dispatcher = house.hire(&owner, "dispatcher", "Diana").await;
    let mut sql = house.sql().await;
    let dead: Vec<uuid::Uuid> = sqlx::query_scalar(
        "insert into task (task_id, org_id, kind, payload, state, attempts, last_error, finished_at, unique_key)
         select gen_random_uuid(), $1, 'journey.expire',
                jsonb_build_object('org', $1::text, 'session', gen_random_uuid()::text), 'dead', 8, 'timed out',
                now() - n * interval '1 minute', 'key' || n
         from generate_series(1, 3) n returning task_id",
    )
    .bind(owner.org)
    .fetch_all(&mut sql)
    .await
    .unwrap();
    house.get(&dispatcher, "/api/admin/dlq").await.refused(403, "AUTH_003");
    assert_eq!(house.get(&stranger, "/api/admin/dlq").await.ok()["items"], json!([]));
    let page = house.get(&owner, "/api/admin/dlq?limit=2").await.ok();
    assert_eq!(page["items"][0]["id"], json!(dead[0]));
    assert_eq!(page["items"][0]["cause"], "timed out");
    let rest =
        house.get(&owner, &format!("/api/admin/dlq?after={}", page["next"].as_str().unwrap())).await.ok();
    assert_eq!(rest["items"][0]["id"], json!(dead[2]));
    let queues = house.get(&owner, "/api/admin/queues").await.ok();
    assert_eq!(queues[0]["dead"], 3);

    let at = |n: usize, what: &str| format!("/api/admin/dlq/{}/{what}", dead[n]);
    house.post(&stranger, &at(0, "retry"), json!({})).await.refused(404, "REQUEST_004");
    house.post(&owner, &at(0, "retry"), json!({})).await.ok();
    assert_eq!(house.post(&owner, &at(1, "discard"), json!({})).await.ok()["state"], "discarded");
    house.post(&owner, &at(1, "retry"), json!({})).await.refused(409, "TASK_001");
    // An open one that does the same stands against it.
    sqlx::query(
        "insert into task (task_id, org_id, kind, payload, unique_key, state, run_at)
         values (gen_random_uuid(), $1, 'journey.expire', '{}', 'key3', 'later', now() + interval '1 day')",
    )
    .bind(owner.org)
    .execute(&mut sql)
    .await
    .unwrap();
    house.post(&owner, &at(2, "retry"), json!({})).await.refused(409, "TASK_001");
    eventually("the retried one is done", async || {
        let state: String = sqlx::query_scalar("select state from task where task_id = $1")
            .bind(dead[0])
            .fetch_one(&mut house.sql().await)
            .await
            .unwrap();
        (state == "done").then_some(())
    })
    .await;
}
