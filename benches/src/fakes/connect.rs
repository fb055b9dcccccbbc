//! What people do in Meta's panel and in the organization's settings: the number is connected, the webhook registered.

use std::time::{Duration, Instant};

use serde_json::json;

use super::House;
use super::meta::{Number, Template};
use crate::campo::Campo;
use crate::error::{Outcome, Trouble};
use crate::rest::Office;
use crate::server;
use crate::target::Target;

/// A server that is built first may take minutes.
const READY_WITHIN: Duration = Duration::from_secs(600);

/// Connects the fakes' number to an organization and Meta's webhooks to its server; templates that the fakes do not
/// know from the house's rules are handed in.
///
/// # Errors
/// What the server said, that it did not echo the challenge, or a template that would not be taken.
pub async fn connect(house: &House, office: &Office, campo: &Campo, url: &str) -> Outcome<()> {
    for template in campo.templates().await? {
        house.meta.new_template(Template::handed_in(&template).map_err(|e| Trouble::new(e.details))?);
    }
    let number = Number::default();
    let account = json!({"phone_number_id": number.phone_number_id, "token": number.token, "waba_id": number.waba,
                         "display_phone": number.display});
    office.call(reqwest::Method::PUT, "/organization/whatsapp", Some(&account)).await?;
    let callback = format!("{}/api/webhooks/whatsapp", url.trim_end_matches('/'));
    house.meta.register(&callback).await.map_err(Trouble::new)
}

/// The same with a server that is still starting; returns its address.
///
/// # Errors
/// As [`connect`], or that it did not become ready.
pub async fn when_ready(house: &House, target: &Target) -> Outcome<String> {
    let stage = target.open("fakes")?;
    let began = Instant::now();
    while !server::ready(stage.address) {
        if began.elapsed() > READY_WITHIN {
            return Err(Trouble::new(format!("{} did not become ready", stage.url)));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let office = target.office(&stage).await?;
    connect(house, &office, &stage.campo, &stage.url).await?;
    Ok(stage.url.clone())
}
