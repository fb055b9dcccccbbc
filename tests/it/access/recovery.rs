//! `campo org recover`: the only owner's phone is lost.

use serde_json::{Value, json};

use super::later;
use crate::cli;
use crate::house::{House, Person, eventually, fresh_phone};

async fn recover(house: &House, args: &[&str]) -> Result<Value, String> {
    let mut command = cli::over(house);
    command.args(["org", "recover"]).args(args);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let (out, err) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    if output.status.success() { Ok(serde_json::from_str(&out).unwrap()) } else { Err(err) }
}

/// The command is another process than the server, which believes a session for four seconds.
async fn out(house: &House, owner: &Person) {
    eventually("the session ended", async || {
        let answer = house.get(owner, "/api/auth/me").await;
        (answer.body["code"] == "AUTH_010").then_some(())
    })
    .await;
}

#[tokio::test]
async fn another_phone_becomes_the_owners() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let admin = house.hire(&owner, "admin", "Laura").await;
    let ana = house.hire(&owner, "technician", "Ana").await;
    let stranger = house.stranger().await;
    let (org, new) = (owner.org.to_string(), fresh_phone());
    let done =
        recover(&house, &["--org", &org, "--phone", &new, "--reason", "perdió el teléfono"]).await.unwrap();
    assert_eq!(done["was"], json!(owner.user));
    assert_eq!(
        (done["sessions_ended"].as_i64(), done["second_factor_reset"].as_bool()),
        (Some(1), Some(false))
    );
    // The lost phone is out within seconds and for good.
    out(&house, &owner).await;
    later(&house, &owner.phone).await;
    let (challenge, code) = house.code(&owner.phone).await;
    super::enter(&house, &owner.phone, &challenge, &code).await.refused(401, "AUTH_007");
    // The new one owns the same organization.
    let again = house.sign_in(&new).await;
    let me = house.get(&again, "/api/auth/me").await.ok();
    assert_eq!((again.org, me["user"]["role"].as_str()), (owner.org, Some("owner")));
    assert_eq!(
        me["user"]["name"],
        house.get(&again, "/api/users").await.ok()["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|u| u["id"] == json!(owner.user))
            .unwrap()["name"]
    );
    assert!(super::log(&house, owner.org).await.iter().any(|a| a == "auth.owner_recovered"));
    // Admins and the old number are told; technicians and other organizations are not.
    let told = async |who: &Person| {
        let list = house.get(who, "/api/notifications").await.ok();
        list["items"].as_array().unwrap().iter().filter(|n| n["kind"] == "owner_recovered").count()
    };
    assert_eq!(
        (told(&admin).await, told(&again).await, told(&ana).await, told(&stranger).await),
        (1, 1, 0, 0)
    );
    eventually("the old number hears of it", async || {
        let all = house.inbox(&owner.phone).await;
        all.iter().any(|text| text.contains("titularidad")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_kept_number_loses_its_sessions_and_its_second_factor() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    sqlx::query("insert into second_factor (user_id, secret, confirmed_at) values ($1, 'x', now())")
        .bind(owner.user.0)
        .execute(&mut house.sql().await)
        .await
        .unwrap();
    let org = owner.org.to_string();
    let done =
        recover(&house, &["--org", &org, "--phone", &owner.phone, "--reason", "SIM nueva"]).await.unwrap();
    assert_eq!(
        (done["user"].clone(), done["second_factor_reset"].as_bool()),
        (json!(owner.user), Some(true))
    );
    out(&house, &owner).await;
    later(&house, &owner.phone).await;
    let again = house.sign_in(&owner.phone).await;
    assert_eq!((again.user, again.org), (owner.user, owner.org));
}

#[tokio::test]
async fn where_another_owner_can_do_it_nothing_is_done() {
    let house = House::start().await;
    let owner = house.sign_up("Plomería Sur").await;
    let other = house.hire(&owner, "admin", "Laura").await;
    let mut sql = house.sql().await;
    sqlx::query("update member set role = 'owner' where user_id = $1")
        .bind(other.user.0)
        .execute(&mut sql)
        .await
        .unwrap();
    let (org, new) = (owner.org.to_string(), fresh_phone());
    let usual = ["--org", &org, "--phone", &new, "--reason", "perdido"];
    assert!(recover(&house, &usual).await.unwrap_err().contains("--force"));
    let forced = [&usual[..], &["--force"]].concat();
    assert!(recover(&house, &forced).await.unwrap_err().contains("--from"));
    house.get(&owner, "/api/auth/me").await.ok();
    let phone: String = sqlx::query_scalar("select phone from member where user_id = $1 and org_id = $2")
        .bind(owner.user.0)
        .bind(owner.org.0)
        .fetch_one(&mut sql)
        .await
        .unwrap();
    let named = [&forced[..], &["--from", &phone]].concat();
    assert_eq!(recover(&house, &named).await.unwrap()["was"], json!(owner.user));
    let nobody = uuid::Uuid::new_v4().to_string();
    assert!(recover(&house, &["--org", &nobody, "--phone", &new, "--reason", "perdido"]).await.is_err());
    assert!(recover(&house, &["--org", &org, "--phone", "911", "--reason", "perdido"]).await.is_err());
}
