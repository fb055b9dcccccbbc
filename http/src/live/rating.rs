//! The customer's page to rate a job: `/r/{token}`. A form and no script; no cookie, no index, no referrer.

use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use campo_engine::error::Error;
use campo_engine::notifications::ratings::{self, Rating, Said};
use serde::Deserialize;

use super::page::{self, Language, escape};
use super::private;
use crate::app::App;
use crate::failure::Failure;
use crate::language;
use crate::who::Linked;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Sent {
    stars: Option<i16>,
    comment: Option<String>,
}

/// `GET /r/{token}`.
pub async fn show(
    app: Data<App>,
    _: Linked,
    token: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    answer(ratings::get(&app.engine.db, &token).await, language::of(&request), false)
}

/// `POST /r/{token}`.
pub async fn rate(
    app: Data<App>,
    _: Linked,
    token: Path<String>,
    sent: Form<Sent>,
    request: HttpRequest,
) -> Result<HttpResponse, Failure> {
    let Sent { stars, comment } = sent.into_inner();
    let said = Said { stars: stars.unwrap_or_default(), comment };
    answer(ratings::rate(&app.engine.db, &token, &said).await, language::of(&request), true)
}

fn answer(found: Result<Rating, Error>, language: Language, is_said: bool) -> Result<HttpResponse, Failure> {
    match found {
        Ok(rating) => Ok(private(&mut HttpResponse::Ok()).body(render(&rating, language, is_said))),
        // The same page as of every other link that opens nothing.
        Err(Error::NotFound(_)) => Ok(private(&mut HttpResponse::NotFound()).body(page::not_found(language))),
        Err(Error::Invalid(_)) => Ok(private(&mut HttpResponse::UnprocessableEntity()).body(again(language))),
        Err(error) => Err(error.into()),
    }
}

fn render(rating: &Rating, language: Language, is_said: bool) -> String {
    let words = words(language);
    let who = escape(rating.technician.as_deref().unwrap_or(&rating.org_name));
    let thanks = if is_said {
        format!("<p role=\"status\"><strong>{}</strong></p>", words.thanks)
    } else {
        String::new()
    };
    let stars: String = (1..=5i16)
        .rev()
        .map(|n| {
            let checked = if rating.stars == Some(n) { " checked" } else { "" };
            let shown = "★".repeat(usize::from(n.unsigned_abs()));
            let name = words.stars.get(usize::from(n.unsigned_abs()) - 1).unwrap_or(&"");
            format!(
                "<p><label><input type=\"radio\" name=\"stars\" value=\"{n}\" required{checked}> {shown} {name}</label></p>"
            )
        })
        .collect();
    let comment = escape(rating.comment.as_deref().unwrap_or_default());
    shell(
        language,
        &escape(&rating.org_name),
        &format!(
            "<p>{}</p><h1>{} {who}?</h1>{thanks}<p>{}</p><form method=\"post\"><fieldset><legend>{}</legend>{stars}</fieldset>\
             <p><label>{}<br><textarea name=\"comment\" maxlength=\"1000\" rows=\"4\" cols=\"30\">{comment}</textarea></label></p>\
             <p><button>{}</button></p></form>",
            escape(&rating.org_name),
            words.question,
            escape(&rating.job_number),
            words.legend,
            words.comment,
            words.send
        ),
    )
}

fn again(language: Language) -> String {
    let words = words(language);
    shell(language, words.send, &format!("<h1>{}</h1><p><a href=\"\">{}</a></p>", words.wrong, words.back))
}

fn shell(language: Language, title: &str, body: &str) -> String {
    let lang = if language == Language::En { "en" } else { "es-AR" };
    format!(
        "<!doctype html><html lang=\"{lang}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex, nofollow\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{title}</title></head><body><main>{body}</main></body></html>"
    )
}

struct Words {
    question: &'static str,
    thanks: &'static str,
    legend: &'static str,
    stars: [&'static str; 5],
    comment: &'static str,
    send: &'static str,
    wrong: &'static str,
    back: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::Es => Words {
            question: "¿Cómo te fue con",
            thanks: "¡Gracias! Tu opinión quedó guardada.",
            legend: "Tu calificación",
            stars: ["Muy malo", "Malo", "Regular", "Bueno", "Excelente"],
            comment: "¿Querés contarnos algo más?",
            send: "Enviar",
            wrong: "Elegí de 1 a 5 estrellas.",
            back: "Volver",
        },
        Language::En => Words {
            question: "How did it go with",
            thanks: "Thank you! Your opinion was saved.",
            legend: "Your rating",
            stars: ["Very bad", "Bad", "Fair", "Good", "Excellent"],
            comment: "Anything else you want to tell us?",
            send: "Send",
            wrong: "Choose 1 to 5 stars.",
            back: "Back",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_customers_wrote_is_escaped() {
        let rating = Rating {
            org_name: "<b>Sur</b>".into(),
            technician: Some("Ana".into()),
            job_number: "#JOB-00001".into(),
            stars: Some(4),
            comment: Some("</textarea><script>".into()),
            rated_at: None,
        };
        for language in [Language::Es, Language::En] {
            let page = render(&rating, language, true);
            assert!(!page.contains("<script>") && !page.contains("<b>Sur"), "{page}");
            assert!(
                page.contains("value=\"4\" required checked")
                    && !page.contains("value=\"5\" required checked")
            );
        }
    }
}
