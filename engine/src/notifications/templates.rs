//! The approved templates: names, words, how many parameters each takes (functional.md section 6).
//!
//! The operator's account may have them under other names and in other words: a file says so
//! (`CAMPO_WHATSAPP_TEMPLATES`). Whatever is named there is checked when the server starts.

mod table;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::content::{Content, Reply, Template, TemplateButton};
use crate::error::{Error, Result};

pub use table::KNOWN;

/// A button of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Button {
    /// Answers; what comes back is made when it is sent.
    Quick(&'static str),
    /// Opens an address whose end is a parameter.
    Link(&'static str),
    /// Opens an address or calls a number that the template holds.
    Fixed(&'static str),
    /// Copies the code.
    Code(&'static str),
}

/// A template as the house knows it.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// How many parameters its body takes.
    pub params: usize,
    /// Its words in es-AR, with `{{1}}`, `{{2}}` ..
    pub es: &'static str,
    /// The same in English, for free text alone.
    pub en: &'static str,
    /// Its buttons, in order.
    pub buttons: &'static [Button],
}

/// What the operator's account has instead.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    name: Option<String>,
    language: Option<String>,
    body: Option<String>,
}

/// The templates of this installation.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    instead: BTreeMap<String, Instead>,
}

/// The languages that words are in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, Deserialize, sqlx::Type, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = MessageLanguage)]
pub enum Language {
    /// Spanish of Argentina.
    #[default]
    Es,
    /// English.
    En,
}

/// A filled template: as words, and as its parts for the wire.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// Its words with the parameters in place.
    pub text: String,
    /// The template's form, for outside the 24 hours.
    pub template: Content,
    /// The free form, for within them: words, with its quick replies where it has any.
    pub free: Content,
}

impl Templates {
    /// Reads the operator's file, and checks the whole.
    ///
    /// # Errors
    /// [`Error::Internal`]: one line that says what is wrong with it.
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let mut templates = Self::default();
        if let Some(path) = file {
            let wrong = |e: &dyn std::fmt::Display| {
                Error::Internal(format!("CAMPO_WHATSAPP_TEMPLATES: {}: {e}", path.display()))
            };
            let text = std::fs::read_to_string(path).map_err(|e| wrong(&e))?;
            templates.instead = serde_json::from_str(&text).map_err(|e| wrong(&e))?;
        }
        templates.check()?;
        Ok(templates)
    }

    fn check(&self) -> Result<()> {
        if let Some(name) = self.instead.keys().find(|name| known(name).is_none()) {
            return Err(Error::Internal(format!(
                "CAMPO_WHATSAPP_TEMPLATES: there is no template {name} in the house"
            )));
        }
        for known in &KNOWN {
            for body in [self.body(known), known.es, known.en] {
                check_body(known.name, body, known.params)?;
            }
        }
        Ok(())
    }

    fn body(&self, known: &Known) -> &str {
        self.instead.get(known.name).and_then(|i| i.body.as_deref()).unwrap_or(known.es)
    }

    /// Fills a template. `ends` are what its links and quick replies need, in the order of its buttons; a link's `{link}` in
    /// the free words stands for the whole address.
    ///
    /// # Errors
    /// [`Error::Internal`] for a name that there is none of, or another number of parameters: a defect of ours.
    pub fn fill(&self, name: &str, language: Language, params: &[String], ends: &[String]) -> Result<Filled> {
        let known = known(name).ok_or_else(|| Error::Internal(format!("no template {name}")))?;
        if params.len() != known.params {
            return Err(Error::Internal(format!(
                "template {name} takes {} parameters, not {}",
                known.params,
                params.len()
            )));
        }
        let params: Vec<String> = params.iter().map(|p| plain(p)).collect();
        let words = match language {
            Language::Es => self.body(known),
            Language::En => known.en,
        };
        let mut text = put(words, &params);
        let mut ends = ends.iter();
        let (mut buttons, mut replies) = (Vec::new(), Vec::new());
        for button in known.buttons {
            match button {
                Button::Quick(title) => {
                    let end = ends.next().cloned().unwrap_or_default();
                    replies.push(Reply { id: end.clone(), title: (*title).into(), description: None });
                    buttons.push(TemplateButton::QuickReply(end));
                }
                Button::Link(_) => {
                    buttons.push(TemplateButton::Url(ends.next().cloned().unwrap_or_default()));
                    text.push_str(" {link}");
                }
                Button::Fixed(_) => buttons.push(TemplateButton::Plain),
                Button::Code(_) => {
                    buttons.push(TemplateButton::CopyCode(ends.next().cloned().unwrap_or_default()));
                }
            }
        }
        let instead = self.instead.get(name);
        let template = Content::Template(Template {
            name: instead.and_then(|i| i.name.clone()).unwrap_or_else(|| name.to_owned()),
            language: instead.and_then(|i| i.language.clone()).unwrap_or_else(|| "es_AR".into()),
            params,
            buttons,
        });
        let free = if replies.is_empty() {
            Content::Text { body: text.clone(), preview_url: text.contains("{link}") }
        } else {
            Content::Buttons { body: text.clone(), buttons: replies }
        };
        Ok(Filled { text, template, free })
    }
}

impl Templates {
    /// Every template as it is handed in for approval (`POST /{waba}/message_templates`), its links leading to `public_url`.
    pub fn handed_in(&self, public_url: &str) -> Vec<Value> {
        KNOWN.iter().map(|known| self.one_handed_in(known, public_url)).collect()
    }

    fn one_handed_in(&self, known: &Known, public_url: &str) -> Value {
        let instead = self.instead.get(known.name);
        let is_code = known.buttons.iter().any(|b| matches!(b, Button::Code(_)));
        let example: Vec<String> = (1..=known.params).map(|n| format!("ejemplo {n}")).collect();
        let mut body = json!({"type": "BODY", "text": self.body(known)});
        if let (Some(body), false) = (body.as_object_mut(), example.is_empty()) {
            body.insert("example".into(), json!({"body_text": [example]}));
        }
        let mut components = vec![body];
        let buttons: Vec<Value> = known.buttons.iter().map(|b| button(b, known.name, public_url)).collect();
        if !buttons.is_empty() {
            components.push(json!({"type": "BUTTONS", "buttons": buttons}));
        }
        json!({
            "name": instead.and_then(|i| i.name.as_deref()).unwrap_or(known.name),
            "language": instead.and_then(|i| i.language.as_deref()).unwrap_or("es_AR"),
            "category": if is_code { "AUTHENTICATION" } else { "UTILITY" },
            "components": components,
        })
    }
}

fn button(button: &Button, name: &str, public_url: &str) -> Value {
    let path = match name {
        "technician_en_route_tracking" => "t",
        "job_completed_customer" => "r",
        _ => "f",
    };
    match button {
        Button::Quick(text) => json!({"type": "QUICK_REPLY", "text": text}),
        Button::Link(text) => json!({
            "type": "URL", "text": text, "url": format!("{public_url}/{path}/{{{{1}}}}"),
            "example": [format!("{public_url}/{path}/ejemplo")],
        }),
        Button::Fixed(text) => {
            json!({"type": "PHONE_NUMBER", "text": text, "phone_number": "+541100000000"})
        }
        Button::Code(text) => json!({"type": "OTP", "otp_type": "COPY_CODE", "text": text}),
    }
}

/// The template of a name.
pub fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|k| k.name == name)
}

/// A body takes exactly `{{1}}` .. `{{n}}`.
fn check_body(name: &str, body: &str, params: usize) -> Result<()> {
    let mut found: Vec<usize> = body
        .split("{{")
        .skip(1)
        .map(|rest| rest.split_once("}}").and_then(|(n, _)| n.trim().parse().ok()).unwrap_or(0))
        .collect();
    found.sort_unstable();
    found.dedup();
    if found != (1..=params).collect::<Vec<_>>() {
        return Err(Error::Internal(format!(
            "the WhatsApp template {name} takes {params} parameters; its words name {found:?}"
        )));
    }
    Ok(())
}

/// Puts each parameter into its place, in one pass: no value can name another.
fn put(body: &str, params: &[String]) -> String {
    let mut text = String::with_capacity(body.len() + 64);
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("{{") {
        text.push_str(before);
        let (number, tail) = after.split_once("}}").unwrap_or((after, ""));
        let value = number.trim().parse::<usize>().ok().and_then(|n| params.get(n.checked_sub(1)?));
        text.push_str(value.map_or("", String::as_str));
        rest = tail;
    }
    text.push_str(rest);
    text
}

/// A parameter as Meta takes it: one line, no runs of blanks, never empty (132012 otherwise).
fn plain(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() { "-".into() } else { text.chars().take(600).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_house_is_in_order() {
        assert!(Templates::load(None).is_ok());
        for (i, a) in KNOWN.iter().enumerate() {
            assert!(KNOWN.iter().skip(i + 1).all(|b| a.name != b.name), "{} twice", a.name);
            let quick = a.buttons.iter().filter(|b| matches!(b, Button::Quick(_))).count();
            assert!(quick <= 3, "{}", a.name);
            for button in a.buttons {
                if let Button::Quick(title) = button {
                    assert!(title.chars().count() <= 20, "{title}");
                }
            }
        }
        // The counts of functional.md section 6.
        for (name, params) in [
            ("employee_welcome", 4),
            ("employee_verification", 2),
            ("job_assigned_tech", 6),
            ("job_reminder_tech_24h", 5),
            ("job_reminder_tech_1h", 2),
            ("job_reminder_tech_30m", 3),
            ("schedule_change", 4),
            ("technician_en_route_tracking", 2),
            ("technician_arrived", 1),
            ("job_confirmation_customer", 4),
            ("job_completed_admin", 5),
            ("invoice_ready", 4),
            ("payment_confirmed", 3),
            ("after_hours_auto_response", 3),
            ("message_received_confirmation", 1),
            ("audio_received_confirmation", 0),
        ] {
            assert_eq!(known(name).unwrap().params, params, "{name}");
        }
    }

    #[test]
    fn a_wrong_count_is_one_clear_line() {
        let load = |text: &str| {
            let path = std::env::temp_dir().join(format!("templates-{}.json", uuid::Uuid::new_v4()));
            std::fs::write(&path, text).unwrap();
            let loaded = Templates::load(Some(&path));
            std::fs::remove_file(&path).unwrap();
            loaded.map_err(|e| e.to_string())
        };
        let said = load(r#"{"technician_arrived": {"body": "Llegamos"}}"#).unwrap_err();
        assert!(said.contains("technician_arrived") && said.contains("1 parameters") && !said.contains('\n'));
        assert!(load(r#"{"technician_arrived": {"body": "{{1}} {{2}}"}}"#).is_err());
        assert!(load(r#"{"nobody": {}}"#).unwrap_err().contains("nobody"));
        assert!(load("nonsense").unwrap_err().contains("CAMPO_WHATSAPP_TEMPLATES"));
        let own =
            load(r#"{"technician_arrived": {"name": "llegada_v2", "language": "es", "body": "Está {{1}}"}}"#)
                .unwrap();
        let filled = own.fill("technician_arrived", Language::Es, &["Ana".into()], &[]).unwrap();
        assert_eq!(filled.text, "Está Ana");
        let Content::Template(t) = filled.template else { panic!() };
        assert_eq!((t.name.as_str(), t.language.as_str()), ("llegada_v2", "es"));
    }

    proptest! {
        /// Whatever the parameters hold, they stand in their places and never name another.
        #[test]
        fn parameters_are_only_words(a in "[^{}]{0,20}", b in ".{0,40}") {
            let params = [format!("{a}{{{{2}}}}"), b];
            let filled = Templates::default().fill("technician_en_route_tracking", Language::Es, &params, &["x".into()]).unwrap();
            prop_assert!(filled.text.contains(&plain(&params[0])));
            let Content::Template(t) = filled.template else { panic!() };
            prop_assert!(t.params.iter().all(|p| !p.is_empty() && !p.contains('\n') && !p.contains('\t')));
        }
    }
}
