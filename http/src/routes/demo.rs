//! `/demo/inbox`: every message that would have left; `/demo/phones`: where the customers' phones are shown.
//! Only with `--demo`; otherwise nothing is here.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data, ServiceConfig};
use campo_engine::message::{DemoInbox, Message};

use crate::app::App;
use crate::failure::Failure;
use crate::who::{Anyone, guarded};

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .route("/demo/inbox", guarded(web::get(), page))
        .route("/demo/inbox.json", guarded(web::get(), json))
        .route("/demo/phones", guarded(web::get(), phones));
}

fn inbox(app: &App) -> Result<&DemoInbox, Failure> {
    let missing = || Failure::new(StatusCode::NOT_FOUND, "REQUEST_004", "nothing is here");
    app.engine.inbox.as_ref().ok_or_else(missing)
}

/// `GET /demo/inbox.json`: the messages, newest first.
async fn json(app: Data<App>, _: Anyone) -> Result<HttpResponse, Failure> {
    let messages = inbox(&app)?.newest_first();
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "no-store")).json(messages))
}

/// `GET /demo/phones`: on to the page of the demonstration's providers (`CAMPO_DEMO_PHONES`).
async fn phones(app: Data<App>, _: Anyone) -> Result<HttpResponse, Failure> {
    inbox(&app)?;
    let missing = || Failure::new(StatusCode::NOT_FOUND, "REQUEST_004", "CAMPO_DEMO_PHONES names no page");
    let page = app.config.demo.phones.as_deref().filter(|p| !p.is_empty()).ok_or_else(missing)?;
    Ok(HttpResponse::Found()
        .insert_header(("Location", page))
        .insert_header(("Cache-Control", "no-store"))
        .finish())
}

/// `GET /demo/inbox`: the same for people. No script, no style of its own: it stands under the house's policy.
async fn page(app: Data<App>, _: Anyone) -> Result<HttpResponse, Failure> {
    let messages = inbox(&app)?.newest_first();
    let rows: String = messages.iter().map(row).collect();
    let list = if rows.is_empty() {
        "<p>Todavía no salió ningún mensaje. (No messages yet.)</p>".into()
    } else {
        format!("<ol reversed>{rows}</ol>")
    };
    let html = format!(
        "<!doctype html><html lang=\"es-AR\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><meta http-equiv=\"refresh\" content=\"5\">\
         <title>Bandeja de la demostración</title></head><body><main><h1>Bandeja de la demostración</h1>\
         <p>Acá llegan los mensajes que habrían salido: códigos y enlaces. Se actualiza sola. \
         (Messages that would have left; reloads by itself.)</p>{list}</main></body></html>"
    );
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("Cache-Control", "no-store"))
        .insert_header(("Referrer-Policy", "no-referrer"))
        .body(html))
}

fn row(message: &Message) -> String {
    format!(
        "<li><p><strong>{}</strong> · {} · <time datetime=\"{}\">{}</time></p><p>{}</p></li>",
        escape(&message.to),
        message.channel,
        message.at,
        message
            .at
            .0
            .with_timezone(&chrono::FixedOffset::west_opt(3 * 3600).unwrap_or_else(zero))
            .format("%H:%M:%S"),
        linked(&message.text)
    )
}

fn zero() -> chrono::FixedOffset {
    chrono::Offset::fix(&chrono::Utc)
}

/// The text with its web addresses to click on.
fn linked(text: &str) -> String {
    text.split(' ')
        .map(|word| {
            let safe = escape(word);
            let address = word.trim_end_matches(['.', ',', ')']);
            if address.starts_with("http://") || address.starts_with("https://") {
                format!("<a href=\"{}\">{safe}</a>", escape(address))
            } else {
                safe
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_the_text() {
        assert_eq!(
            linked("<b> http://x/\"y."),
            "&lt;b&gt; <a href=\"http://x/&quot;y\">http://x/&quot;y.</a>"
        );
    }
}
