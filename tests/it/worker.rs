//! Durable work: carried out once by one of many, tried again, and buried in the end.

use campo_engine::task::{self, NewTask};
use serde_json::json;
use sqlx::PgConnection;

use crate::house::{House, eventually, fresh_phone};

async fn states(sql: &mut PgConnection) -> Vec<(String, i16, Option<String>)> {
    sqlx::query_as("select state, attempts, last_error from task order by created_at")
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
        (state == "ready" && attempts >= 1 && error?.contains("none is configured")).then_some(())
    })
    .await;
    sqlx::query("update task set attempts = 7, run_at = now()").execute(&mut sql).await.unwrap();
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
        "insert into task (task_id, kind, payload, lease, leased_until, attempts)
         values (gen_random_uuid(), 'otp.send', $1, gen_random_uuid(), now() + interval '2 seconds', 1)",
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
