//! The model that is played: reads an Argentine customer's words well enough to fill in a form.

use chrono::{Datelike, Duration, FixedOffset, NaiveDate, Utc};
use serde_json::{Map, Value, json};

use super::schema::kinds;

/// How sure it is of what was said plainly, and of what somebody was not sure of.
const PLAIN: f64 = 0.93;
const DOUBTED: f64 = 0.45;
const DOUBTS: [&str; 5] = ["creo", "no sé", "no se si", "más o menos", "me parece"];

/// An instance of the schema, filled with what the words say.
pub fn instance(schema: &Value, words: &str) -> Value {
    let Some(root) = schema.as_object() else { return Value::Null };
    filled(schema, root, "", words, 0)
}

fn filled(whole: &Value, schema: &Map<String, Value>, name: &str, words: &str, depth: usize) -> Value {
    if depth > 12 {
        return Value::Null;
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let place = target.strip_prefix('#').and_then(|p| whole.pointer(p)).and_then(Value::as_object);
        return place.map_or(Value::Null, |p| filled(whole, p, name, words, depth + 1));
    }
    if let Some(first) = schema.get("anyOf").and_then(|c| c.get(0)).and_then(Value::as_object) {
        let value = filled(whole, first, name, words, depth + 1);
        return if value.as_str() == Some("") { Value::Null } else { value };
    }
    let of = kinds(schema);
    let nullable = of.contains(&"null");
    match of.iter().find(|k| **k != "null").copied() {
        Some("object") => {
            let none = Map::new();
            let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
            let each = properties.iter().filter_map(|(key, inner)| {
                // `{value, confidence}` belongs to the field that it stands in.
                let within = if key == "value" || key == "confidence" { name } else { key };
                let inner = inner.as_object()?;
                let value = if key == "confidence" {
                    confidence(within, words).into()
                } else {
                    filled(whole, inner, within, words, depth + 1)
                };
                Some((key.clone(), value))
            });
            each.collect::<Map<_, _>>().into()
        }
        Some("array") => json!([]),
        Some("number" | "integer") => confidence(name, words).into(),
        Some("boolean") => true.into(),
        _ => {
            let said = field(name, words);
            let choices = schema.get("enum").and_then(Value::as_array);
            let said = match (said, choices) {
                (Some(said), Some(choices)) => choices.iter().find(|c| c.as_str() == Some(&said)).cloned(),
                (None, Some(choices)) if !nullable => choices.first().cloned(),
                (said, _) => said.map(Value::from),
            };
            said.unwrap_or(if nullable { Value::Null } else { "".into() })
        }
    }
}

fn confidence(name: &str, words: &str) -> f64 {
    match field(name, words) {
        None => 0.0,
        Some(_) if DOUBTS.iter().any(|d| words.to_lowercase().contains(d)) => DOUBTED,
        Some(_) => PLAIN,
    }
}

/// What the words say about a field; names as in `functional.md`, with or without underscores.
fn field(name: &str, words: &str) -> Option<String> {
    let low = words.to_lowercase();
    match name.replace('_', "").to_lowercase().as_str() {
        "customername" => name_after(words),
        "phone" => words.split(|c: char| !c.is_ascii_digit()).find(|d| d.len() >= 8).map(Into::into),
        "address" => address(words),
        "neighborhood" => capitals_after(words, "barrio "),
        "city" => capitals_after(words, "ciudad de ").or_else(|| capitals_after(words, "localidad de ")),
        "problemdescription" => problem(words),
        "title" => problem(words).map(|p| p.split_whitespace().take(7).collect::<Vec<_>>().join(" ")),
        "servicetype" => trade(&low).map(Into::into),
        "urgency" => Some(urgency(&low).into()),
        "preferreddate" => day(&low, today()).map(|d| d.to_string()),
        "preferredtime" => time(&low),
        "appliancebrand" => BRANDS.iter().find(|b| low.contains(&b.to_lowercase())).map(|b| (*b).into()),
        _ => None,
    }
}

const BRANDS: [&str; 8] = ["Rheem", "Escorial", "Longvie", "BGH", "Samsung", "LG", "Surrey", "Orbis"];

fn name_after(words: &str) -> Option<String> {
    ["soy ", "me llamo ", "mi nombre es ", "habla "].iter().find_map(|lead| capitals_after(words, lead))
}

/// The capitalized words that follow `lead` (any case).
fn capitals_after(words: &str, lead: &str) -> Option<String> {
    let at = words.to_lowercase().find(lead)? + lead.len();
    let mut found = Vec::new();
    for word in words.get(at..)?.split_whitespace() {
        let plain = word.trim_end_matches([',', '.', ';', '!', '?']);
        if !plain.chars().next().is_some_and(char::is_uppercase) {
            break;
        }
        found.push(plain);
        if plain.len() != word.len() {
            break;
        }
    }
    (!found.is_empty()).then(|| found.join(" "))
}

/// Capitalized words and a number: `San Martín 450`, `Avenida 9 de Julio 1200`.
fn address(words: &str) -> Option<String> {
    let all: Vec<&str> = words.split_whitespace().collect();
    let bare = |w: &str| w.trim_end_matches([',', '.', ';', '!', '?']).to_owned();
    for (at, word) in all.iter().enumerate() {
        let number = bare(word);
        if !(2..=5).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let belongs = |w: &&&str| {
            let first = w.chars().next();
            let ends = w.ends_with([',', '.', ';']);
            !ends
                && (first.is_some_and(char::is_uppercase)
                    || ["de", "del", "la", "av.", "9", "25"].contains(&w.to_lowercase().as_str()))
        };
        let before: Vec<&&str> = all.iter().take(at).rev().take_while(belongs).collect();
        let named = before.iter().any(|w| w.chars().next().is_some_and(char::is_uppercase));
        if named {
            let mut street: Vec<String> = before.iter().rev().map(|w| (**w).to_owned()).collect();
            // "de la San Martín": the street begins with its first capital letter.
            while street.first().is_some_and(|w| ["de", "del", "la"].contains(&w.as_str())) {
                street.remove(0);
            }
            return Some(format!("{} {number}", street.join(" ")));
        }
    }
    None
}

const TROUBLES: [&str; 20] = [
    "pierde",
    "pérdida",
    "gotea",
    "rompió",
    "roto",
    "rota",
    "no anda",
    "no funciona",
    "no enciende",
    "tapada",
    "tapado",
    "salta",
    "corta",
    "instalar",
    "revisar",
    "cambiar",
    "olor a gas",
    "no enfría",
    "inund",
    "sin luz",
];

fn problem(words: &str) -> Option<String> {
    let sentences = words.split_inclusive(['.', '!', '?']).map(str::trim);
    let told: Vec<&str> =
        sentences.filter(|s| TROUBLES.iter().any(|t| s.to_lowercase().contains(t))).collect();
    (!told.is_empty()).then(|| told.join(" ").trim_end_matches('.').to_owned())
}

fn trade(low: &str) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|w| low.contains(w));
    if has(&["aire acondicionado", "split"]) {
        Some("aire_acondicionado")
    } else if has(&["gas", "termotanque", "calefón", "calefon", "estufa"]) {
        Some("gas")
    } else if has(&["luz", "térmica", "disyuntor", "tablero", "enchufe", "electric"]) {
        Some("electricidad")
    } else if has(&["canilla", "caño", "cañería", "agua", "cloaca", "inodoro", "pileta", "destap"]) {
        Some("plomeria")
    } else {
        None
    }
}

fn urgency(low: &str) -> &'static str {
    if ["olor a gas", "inund", "fuego", "emergencia", "chispas"].iter().any(|w| low.contains(w)) {
        "emergency"
    } else if ["urgente", "urgencia", "cuanto antes", "ya mismo"].iter().any(|w| low.contains(w)) {
        "urgent"
    } else {
        "normal"
    }
}

fn today() -> NaiveDate {
    let here = FixedOffset::west_opt(3 * 3600).map(|zone| Utc::now().with_timezone(&zone).date_naive());
    here.unwrap_or_else(|| Utc::now().date_naive())
}

fn day(low: &str, today: NaiveDate) -> Option<NaiveDate> {
    let tomorrow = low.replace("a la mañana", "").replace("por la mañana", "").replace("de la mañana", "");
    if tomorrow.contains("pasado mañana") {
        return Some(today + Duration::days(2));
    }
    if tomorrow.contains("mañana") {
        return Some(today + Duration::days(1));
    }
    let days = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"];
    if let Some(named) = days.iter().position(|d| low.contains(d)) {
        let ahead = (named as i64 - i64::from(today.weekday().num_days_from_monday())).rem_euclid(7);
        return Some(today + Duration::days(if ahead == 0 { 7 } else { ahead }));
    }
    low.split(|c: char| !c.is_alphanumeric()).any(|w| w == "hoy").then_some(today)
}

fn time(low: &str) -> Option<String> {
    if let Some((_, rest)) = low.split_once("a las ") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let hour: Option<u32> = digits.parse().ok().filter(|h| *h < 24);
        let later = rest.contains("de la tarde");
        if let Some(hour) = hour {
            return Some(format!("{:02}:00", if later && hour < 12 { hour + 12 } else { hour }));
        }
    }
    let parts = [("la mañana", "morning"), ("la tarde", "afternoon"), ("la noche", "evening")];
    parts.iter().find(|(said, _)| low.contains(said)).map(|(_, part)| (*part).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTE: &str = "Hola, soy Elena Cabrera. Se rompió la canilla de la cocina y pierde mucha agua. Es en \
                        Sarmiento 1541, barrio Centro. ¿Pueden venir mañana a la mañana? Es urgente.";

    #[test]
    fn a_plain_note_fills_the_form() {
        for (name, expected) in [
            ("customerName", Some("Elena Cabrera")),
            ("address", Some("Sarmiento 1541")),
            ("neighborhood", Some("Centro")),
            ("problem_description", Some("Se rompió la canilla de la cocina y pierde mucha agua")),
            ("serviceType", Some("plomeria")),
            ("urgency", Some("urgent")),
            ("preferredTime", Some("morning")),
            ("phone", None),
        ] {
            assert_eq!(field(name, NOTE).as_deref(), expected, "{name}");
        }
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(day(&NOTE.to_lowercase(), monday), NaiveDate::from_ymd_opt(2026, 11, 24));
        assert_eq!(day("el lunes a la tarde", monday), NaiveDate::from_ymd_opt(2026, 11, 30));
        assert_eq!(day("por la mañana", monday), None);
        assert_eq!(
            address("Vivo en la Avenida 9 de Julio 1200, gracias").as_deref(),
            Some("Avenida 9 de Julio 1200")
        );
    }

    #[test]
    fn an_instance_has_the_schemas_form() {
        let heard = json!({"type": "object", "additionalProperties": false, "required": ["value", "confidence"],
            "properties": {"value": {"type": ["string", "null"]}, "confidence": {"type": "number"}}});
        let schema = json!({"type": "object", "properties": {"customerName": heard, "phone": heard,
            "urgency": {"type": "string", "enum": ["normal", "urgent"]}, "notes": {"type": "array", "items": {"type": "string"}}}});
        let filled = instance(&schema, NOTE);
        assert_eq!(
            filled,
            json!({"customerName": {"value": "Elena Cabrera", "confidence": PLAIN},
            "phone": {"value": null, "confidence": 0.0}, "urgency": "urgent", "notes": []})
        );
        assert_eq!(instance(&schema, "Creo que soy Ana")["customerName"]["confidence"], DOUBTED);
    }
}
