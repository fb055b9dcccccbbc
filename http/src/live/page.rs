//! The customer's page as HTML: state, window and technician in words before any script runs.

use campo_engine::tracking::frames::{CustomerLive, CustomerTechnician};
use campo_engine::tracking::session::Known;
pub(super) use campo_engine::tracking::window::Language;
use campo_engine::tracking::window::Window;
use chrono_tz::Tz;
use serde_json::Value;

use crate::routes::faces;

/// The template that the web build leaves; without a build the page is plain and still true.
const TEMPLATE: &str = "track.html";
const PLAIN: &str = "<!doctype html><html lang=\"{{lang}}\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
    <title>{{title}}</title><p>{{organization}}</p><h1>{{state_words}}</h1><p>{{window_words}}</p>\
    {{technician_html}}<script type=\"application/json\" id=\"data\">{{data_json}}</script></html>";

/// The page.
pub(super) fn render(known: &Known, live: &CustomerLive, language: Language) -> String {
    let name = live.technician.as_ref().map_or("", |t| t.first_name.as_str());
    let state = state_words(&live.status, name, language);
    let zone: Tz = known.timezone.parse().unwrap_or(chrono_tz::America::Argentina::Buenos_Aires);
    let window = live.window.map_or_else(String::new, |w| {
        let words = Window { from_ms: w.from, to_ms: w.to }.words(language, zone);
        match language {
            Language::Es => format!("Llega {words}"),
            Language::En => format!("Arrives {words}"),
        }
    });
    let title =
        if known.org_name.is_empty() { state.clone() } else { format!("{state} · {}", known.org_name) };
    fill(&[
        ("lang", lang(language).into()),
        ("title", escape(&title)),
        ("organization", escape(&known.org_name)),
        ("state_words", escape(&state)),
        ("window_words", escape(&window)),
        ("technician_html", technician(live.technician.as_ref())),
        ("data_json", data(known, live)),
    ])
}

/// The one page for unknown, expired and revoked links.
pub(super) fn not_found(language: Language) -> String {
    let words = match language {
        Language::Es => "Este enlace no está disponible",
        Language::En => "This link is not available",
    };
    format!(
        "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><meta name=\"robots\" content=\"noindex\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{words}</title><h1>{words}</h1></html>",
        lang(language)
    )
}

fn lang(language: Language) -> &'static str {
    match language {
        Language::Es => "es-AR",
        Language::En => "en",
    }
}

fn state_words(status: &str, name: &str, language: Language) -> String {
    match (language, status) {
        (Language::Es, "en_camino") => format!("{name} está en camino"),
        (Language::Es, "arrived") => format!("{name} llegó"),
        (Language::Es, "working") => format!("{name} está trabajando"),
        (Language::Es, "completed") => "El trabajo terminó".into(),
        (Language::Es, "cancelled") => "La visita fue cancelada".into(),
        (Language::Es, _) => "Tu visita está confirmada".into(),
        (Language::En, "en_camino") => format!("{name} is on the way"),
        (Language::En, "arrived") => format!("{name} has arrived"),
        (Language::En, "working") => format!("{name} is working"),
        (Language::En, "completed") => "The job is done".into(),
        (Language::En, "cancelled") => "The visit was cancelled".into(),
        (Language::En, _) => "Your visit is confirmed".into(),
    }
}

fn technician(technician: Option<&CustomerTechnician>) -> String {
    let Some(t) = technician else { return String::new() };
    let vehicle =
        t.vehicle.as_ref().map_or_else(String::new, |v| format!("<p class=\"vehicle\">{}</p>", escape(v)));
    format!("<p class=\"who\">{}</p>{vehicle}", escape(&t.first_name))
}

/// The stream's data and what else the script needs. `<` cannot end the script element.
fn data(known: &Known, live: &CustomerLive) -> String {
    let mut data = serde_json::to_value(live).unwrap_or(Value::Null);
    if let Some(data) = data.as_object_mut() {
        data.insert("org_name".into(), known.org_name.clone().into());
        // Phones' clocks are often wrong: the page counts down by ours.
        data.insert("now".into(), campo_actors::now_ms().into());
        if let (Some(lat), Some(lon)) = (known.dest_lat, known.dest_lon) {
            data.insert("home".into(), serde_json::json!({"lat": lat, "lon": lon}));
        }
    }
    data.to_string().replace('<', "\\u003c")
}

/// Replaces each `{{name}}` in one pass, so that no value can name another.
fn fill(values: &[(&str, String)]) -> String {
    let template = faces::file(TEMPLATE);
    let template = template.as_deref().and_then(|t| std::str::from_utf8(t).ok()).unwrap_or(PLAIN);
    let mut page = String::with_capacity(template.len() + 1_024);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let Some((name, tail)) = after.split_once("}}") else {
            rest = after;
            break;
        };
        match values.iter().find(|(n, _)| *n == name) {
            Some((_, value)) => page.push_str(value),
            None => page.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = tail;
    }
    page.push_str(rest);
    page
}

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_and_never_filled_again() {
        assert_eq!(escape("<b>\"'&"), "&lt;b&gt;&quot;&#39;&amp;");
        let page = fill(&[("title", "{{data_json}}".into()), ("data_json", "X".into())]);
        assert!(page.contains("{{data_json}}</title>"));
    }

    #[test]
    fn every_state_has_words_in_both_languages() {
        for status in ["pending", "scheduled", "en_camino", "arrived", "working", "completed", "cancelled"] {
            let (es, en) =
                (state_words(status, "Ana", Language::Es), state_words(status, "Ana", Language::En));
            assert!(!es.is_empty() && !en.is_empty() && es != en, "{status}");
        }
    }
}
