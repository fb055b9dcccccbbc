//! Tells on the terminal what happens, from a dispatcher's socket; survives restarts with its cursor.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use crate::client::connect::Options;
use crate::client::viewer::{Seen, Viewer};
use crate::rest::Office;
use crate::say;

/// Listens until told to stop; `moving` hears the id of each job that sets out.
pub async fn narrate(server: SocketAddr, office: Office, mut stop: watch::Receiver<bool>) {
    let mut cursor: Option<String> = None;
    let mut shown = false;
    while !*stop.borrow() {
        let token = office.token().await;
        let opened = Viewer::open(server, &token, false, cursor.as_deref(), Options::default()).await;
        if let Ok(mut viewer) = opened {
            loop {
                let seen = tokio::select! {
                    seen = viewer.next() => seen,
                    _ = stop.changed() => return,
                };
                match seen {
                    Ok(Seen::Event(frame)) => {
                        remember(&frame, &mut cursor);
                        let event = frame.get("event").cloned().unwrap_or(Value::Null);
                        tell(&event);
                        if !shown {
                            shown = show_customer(&office, &event).await;
                        }
                    }
                    Ok(Seen::Other(frame)) => remember(&frame, &mut cursor),
                    Ok(Seen::Positions(_)) => {}
                    Ok(Seen::Closed(4401, _)) => {
                        let _ = office.renew().await;
                        break;
                    }
                    Ok(Seen::Closed(..)) | Err(_) => break,
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stop.changed() => return,
        }
    }
}

fn remember(frame: &Value, cursor: &mut Option<String>) {
    if let Some(at) = frame.get("cursor").and_then(Value::as_str) {
        *cursor = Some(at.to_owned());
    }
}

/// Prints the page of the first customer whose technician is on the way; whether it did.
async fn show_customer(office: &Office, event: &Value) -> bool {
    let job = event.get("job").cloned().unwrap_or(Value::Null);
    let text = |key: &str| job.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("status") != "en_camino" {
        return false;
    }
    let whole = match job.get("tracking_url") {
        Some(_) => Ok(job.clone()),
        None => office.get(&format!("/jobs/{}", text("id"))).await,
    };
    let url = whole.ok().and_then(|j| j.get("tracking_url")?.as_str().map(ToOwned::to_owned));
    if let Some(url) = url {
        say!("cliente / customer    {url}");
        return true;
    }
    false
}

/// One short line, Spanish first.
fn tell(event: &Value) {
    let kind = event.get("kind").and_then(Value::as_str).unwrap_or_default();
    let job = event.get("job");
    let of = |key: &str| job.and_then(|j| j.get(key)).and_then(Value::as_str).unwrap_or_default();
    let person =
        event.get("technician").and_then(|t| t.get("name")).and_then(Value::as_str).unwrap_or_default();
    let text = match (kind, of("status")) {
        ("job.status_changed", "en_camino") => "en camino / on the way",
        ("job.status_changed", "working") => "trabajando / working",
        ("job.status_changed", "completed") => "terminado / completed",
        ("job.status_changed", "cancelled") => "cancelado / cancelled",
        ("job.status_changed", "scheduled") => "programado / scheduled",
        (kind, _) if kind.contains("arrived") => "llegó / arrived",
        _ => return,
    };
    say!("· {} {} {text} {person}", of("job_number"), of("title"));
}
