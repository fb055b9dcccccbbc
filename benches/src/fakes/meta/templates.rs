//! Approved templates, and what a message of one must bring.

use serde_json::{Map, Value, json};

use super::error::GraphError;

/// The longest text that a filled template may have.
const MOST_HYDRATED: usize = 1024;

/// A template as it was approved, in the Business Management API's own form.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// `es_AR` ..
    pub language: String,
    /// `APPROVED`, `PAUSED` ..
    pub status: String,
    /// `HEADER`, `BODY`, `FOOTER`, `BUTTONS`.
    pub components: Vec<Value>,
}

/// What a customer sees of a filled template.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filled {
    /// Above the text.
    pub header: Option<String>,
    /// The text.
    pub body: String,
    /// Below it, small.
    pub footer: Option<String>,
    /// `{"type":"url","text","url"}`, `{"type":"quick_reply","text","payload"}`, `{"type":"call","text","phone"}`
    pub buttons: Vec<Value>,
}

/// Name, body, buttons (`reply:..`, `url:..|path`, `call:..`).
type Line = (&'static str, &'static str, &'static [&'static str]);

/// The house's templates in es_AR as they were handed in for approval.
#[rustfmt::skip]
const HOUSE: [Line; 28] = [
    ("job_confirmation_customer", "Hola {{1}}, confirmamos tu turno con {{2}} para el {{3}} a las {{4}}.", &["reply:Confirmar", "reply:Reprogramar"]),
    ("technician_en_route_tracking", "Hola {{1}}, {{2}} está en camino. Podés seguir el recorrido en el mapa.", &["url:Seguir el viaje|/t/{{1}}"]),
    ("technician_en_route", "Hola {{1}}, {{2}} está en camino a tu domicilio.", &[]),
    ("technician_arrived", "{{1}} llegó a tu domicilio.", &["call:Llamar"]),
    ("schedule_change", "Hola {{1}}, cambió el horario de {{2}}: ahora es el {{3}} a las {{4}}.", &[]),
    ("job_completed_customer", "¡Listo! {{1}} terminó el trabajo {{2}}. ¿Cómo te fue? Contanos en un minuto.", &["url:Calificar|/r/{{1}}"]),
    ("job_cancelled_customer", "Hola {{1}}, la visita {{2}} con {{3}} fue cancelada. Escribinos si querés otra fecha.", &[]),
    ("job_scheduled", "Hola {{1}}, tu trabajo {{2}} quedó agendado para el {{3}} a las {{4}}.", &[]),
    ("invoice_ready", "Hola {{1}}, tu factura {{2}} de {{3}} por {{4}} está lista.", &["url:Ver factura|/f/{{1}}", "url:Pagar|/p/{{1}}"]),
    ("payment_confirmed", "Hola {{1}}, recibimos tu pago de {{2}} por {{3}}. ¡Gracias!", &[]),
    ("payment_reminder", "Hola {{1}}, te recordamos el pago de {{2}} por {{3}}.", &[]),
    ("after_hours_auto_response", "¡Hola! Gracias por escribir a {{1}}. Atendemos de {{2}} a {{3}}. Te respondemos apenas abramos.", &[]),
    ("message_received_confirmation", "Recibimos tu mensaje. {{1}} te responde a la brevedad.", &[]),
    ("audio_received_confirmation", "Recibimos tu audio. Lo escuchamos y te respondemos a la brevedad.", &[]),
    ("welcome_customer", "Hola {{1}}, ¡bienvenido a {{2}}! Por acá te avisamos de tus turnos.", &[]),
    ("job_assigned_tech", "Hola {{1}}, tenés un trabajo nuevo: {{2}}. Cliente: {{3}}. Dirección: {{4}}. Día: {{5}}, horario: {{6}}.", &["reply:Confirmar", "reply:No puedo"]),
    ("job_unassigned_tech", "Hola {{1}}, ya no tenés asignado {{2}}.", &[]),
    ("job_updated_tech", "Hola {{1}}, cambiaron los datos de {{2}}: {{3}}. Miralo en la aplicación.", &[]),
    ("job_cancelled_tech", "Hola {{1}}, {{2}} de {{3}} fue cancelado.", &[]),
    ("job_reminder_tech_24h", "Hola {{1}}, te recordamos el trabajo de mañana: {{2}}. Cliente: {{3}}. Dirección: {{4}}. Horario: {{5}}.", &[]),
    ("job_reminder_tech_1h", "En 1 hora tenés {{1}} en {{2}}.", &[]),
    ("job_reminder_tech_30m", "En 30 minutos tenés {{1}} con {{2}} en {{3}}.", &[]),
    ("job_reminder_tech", "En {{1}} tenés {{2}} en {{3}}.", &[]),
    ("job_completed_admin", "Trabajo {{1}} terminado por {{2}}. Cliente: {{3}}. Duración: {{4}}. Total: {{5}}.", &[]),
    ("employee_welcome", "¡Hola {{1}}! {{2}} te sumó a su equipo en CampoTech como {{3}}. Entrá con tu teléfono en {{4}}.", &[]),
    ("employee_verification", "Tu código de CampoTech es {{1}}. Vence en {{2}} minutos. No lo compartas con nadie.", &[]),
    ("system_alert", "Aviso de CampoTech: {{1}}. {{2}}.", &[]),
    ("login_code", "*{{1}}* es tu código de verificación. Por tu seguridad, no lo compartas.", &["url:Copiar código|otp"]),
];

/// The button of an authentication template, as Meta writes it itself.
const COPY_CODE: &str = "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}";

/// The house's templates; their links lead to `links` (`https://..`, no slash at the end).
pub fn house(links: &str) -> Vec<Template> {
    HOUSE.iter().map(|line| of_line(line, links)).collect()
}

fn of_line((name, body, buttons): &Line, links: &str) -> Template {
    let mut components = vec![json!({"type": "BODY", "text": body})];
    let button = |text: &&str| match text.split_once(':') {
        Some(("url", rest)) => {
            let (text, path) = rest.split_once('|').unwrap_or((rest, ""));
            let url = if path == "otp" { COPY_CODE.to_owned() } else { format!("{links}{path}") };
            json!({"type": "URL", "text": text, "url": url})
        }
        Some(("call", text)) => {
            json!({"type": "PHONE_NUMBER", "text": text, "phone_number": "+541150000000"})
        }
        Some((_, text)) => json!({"type": "QUICK_REPLY", "text": text}),
        None => Value::Null,
    };
    if !buttons.is_empty() {
        let buttons: Vec<Value> = buttons.iter().map(button).collect();
        components.push(json!({"type": "BUTTONS", "buttons": buttons}));
    }
    Template { name: (*name).into(), language: "es_AR".into(), status: "APPROVED".into(), components }
}

impl Template {
    /// A template as it is handed in (`POST /{waba}/message_templates`); approved at once.
    ///
    /// # Errors
    /// 100 where a part is missing.
    pub fn handed_in(body: &Value) -> Result<Self, GraphError> {
        let text = |key: &str| body.get(key).and_then(Value::as_str).filter(|t| !t.is_empty());
        let missing = |key: &str| GraphError::new(100, format!("The parameter {key} is required."));
        let name = text("name").ok_or_else(|| missing("name"))?;
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            return Err(GraphError::new(100, "name may hold lower case letters, digits and underscores"));
        }
        let language = text("language").ok_or_else(|| missing("language"))?;
        text("category").ok_or_else(|| missing("category"))?;
        let components =
            body.get("components").and_then(Value::as_array).ok_or_else(|| missing("components"))?;
        let template = Self {
            name: name.into(),
            language: language.into(),
            status: "APPROVED".into(),
            components: components.clone(),
        };
        template.part("BODY").ok_or_else(|| missing("components.BODY"))?;
        Ok(template)
    }

    /// As `GET /{waba}/message_templates` lists it.
    pub fn listed(&self) -> Value {
        json!({"name": self.name, "language": self.language, "status": self.status, "category": "UTILITY",
               "components": self.components, "id": "1"})
    }

    fn part(&self, kind: &str) -> Option<&Map<String, Value>> {
        let of_kind = |c: &&Map<String, Value>| c.get("type").and_then(Value::as_str) == Some(kind);
        self.components.iter().filter_map(Value::as_object).find(of_kind)
    }

    fn words(&self, kind: &str) -> Option<&str> {
        self.part(kind)?.get("text")?.as_str()
    }

    /// Fills it with what a message brings (checked for its form already).
    ///
    /// # Errors
    /// 132000 a wrong number of parameters, 131008 a button's parameter is missing, 132012 a wrong kind of
    /// parameter, 132005 too long.
    pub fn fill(&self, content: &Value) -> Result<Filled, GraphError> {
        let given: Vec<&Value> =
            content.get("components").and_then(Value::as_array).map_or_else(Vec::new, |c| c.iter().collect());
        let mut filled = Filled { footer: self.words("FOOTER").map(Into::into), ..Filled::default() };
        if let Some(header) = self.words("HEADER") {
            filled.header = Some(self.filled_part(header, &given, "header")?);
        }
        filled.body = self.filled_part(self.words("BODY").unwrap_or_default(), &given, "body")?;
        if filled.body.chars().count() > MOST_HYDRATED {
            return Err(GraphError::new(132_005, "the filled text is longer than 1024 characters"));
        }
        let none = Vec::new();
        let buttons =
            self.part("BUTTONS").and_then(|b| b.get("buttons")).and_then(Value::as_array).unwrap_or(&none);
        for (index, button) in buttons.iter().enumerate() {
            filled.buttons.push(filled_button(button, index, &given)?);
        }
        let beyond = given.iter().filter(|c| is(c, "button")).find(|c| index_of(c) >= buttons.len());
        if beyond.is_some() {
            return Err(GraphError::new(132_000, "there is no button of that index in the template"));
        }
        Ok(filled)
    }

    fn filled_part(&self, words: &str, given: &[&Value], kind: &str) -> Result<String, GraphError> {
        let component = given.iter().find(|c| is(c, kind));
        let parameters = component.and_then(|c| c.get("parameters")).and_then(Value::as_array);
        let parameters = parameters.map_or(&[][..], Vec::as_slice);
        let expected = placeholders(words);
        if parameters.len() != expected.len() {
            return Err(GraphError::new(
                132_000,
                format!(
                    "{kind}: number of localizable_params ({}) does not match the expected number of params ({})",
                    parameters.len(),
                    expected.len()
                ),
            ));
        }
        let mut text = words.to_owned();
        for (place, parameter) in expected.iter().zip(parameters) {
            let Some(value) = parameter.get("text").and_then(Value::as_str) else {
                return Err(GraphError::new(132_012, format!("{kind}: the parameter must be text")));
            };
            let named = parameter.get("parameter_name").and_then(Value::as_str);
            if place.parse::<u32>().is_err() && named != Some(place.as_str()) {
                return Err(GraphError::new(
                    100,
                    format!("{kind}: Parameter name is missing or empty: {place}"),
                ));
            }
            text = text.replace(&format!("{{{{{place}}}}}"), value);
        }
        Ok(text)
    }
}

fn filled_button(button: &Value, index: usize, given: &[&Value]) -> Result<Value, GraphError> {
    let text = |key: &str| button.get(key).and_then(Value::as_str).unwrap_or_default();
    let component = given.iter().find(|c| is(c, "button") && index_of(c) == index);
    let parameter = component.and_then(|c| c.get("parameters")?.get(0));
    let sub_type = component.and_then(|c| c.get("sub_type")).and_then(Value::as_str);
    let expected = match text("type") {
        "URL" | "OTP" => "url",
        "QUICK_REPLY" => "quick_reply",
        _ => "",
    };
    if sub_type.is_some_and(|s| s != expected) {
        return Err(GraphError::new(132_012, format!("button at index {index} is of another type")));
    }
    match text("type") {
        "URL" | "OTP" => {
            let value = parameter.and_then(|p| p.get("text")).and_then(Value::as_str);
            let address = if text("type") == "OTP" { COPY_CODE } else { text("url") };
            let wants = address.contains("{{1}}");
            let url = match (wants, value) {
                (true, Some(value)) if !value.is_empty() => address.replace("{{1}}", value),
                (true, _) => {
                    let details =
                        format!("buttons: Button at index {index} of type Url requires a parameter");
                    return Err(GraphError::new(131_008, details));
                }
                (false, None) => address.to_owned(),
                (false, Some(_)) => {
                    let details = format!("buttons: Button at index {index} takes no parameter");
                    return Err(GraphError::new(132_000, details));
                }
            };
            Ok(json!({"type": "url", "text": text("text"), "url": url}))
        }
        "QUICK_REPLY" => {
            let payload = parameter.and_then(|p| p.get("payload")).and_then(Value::as_str);
            Ok(
                json!({"type": "quick_reply", "text": text("text"), "payload": payload.unwrap_or(text("text"))}),
            )
        }
        _ => Ok(json!({"type": "call", "text": text("text"), "phone": text("phone_number")})),
    }
}

fn is(component: &Value, kind: &str) -> bool {
    component.get("type").and_then(Value::as_str).is_some_and(|t| t.eq_ignore_ascii_case(kind))
}

fn index_of(component: &Value) -> usize {
    match component.get("index") {
        Some(Value::String(index)) => index.parse().unwrap_or(usize::MAX),
        Some(Value::Number(index)) => index.as_u64().map_or(usize::MAX, |i| i as usize),
        _ => usize::MAX,
    }
}

/// The names between `{{` and `}}`, each once, in order.
fn placeholders(words: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in words.split("{{").skip(1) {
        let Some((name, _)) = piece.split_once("}}") else { continue };
        if !found.iter().any(|f| f == name) {
            found.push(name.to_owned());
        }
    }
    found.sort_by_key(|name| name.parse::<u32>().unwrap_or(0));
    found
}

/// The template of this name in this language.
///
/// # Errors
/// 132001 unknown there, 132015 paused.
pub fn find<'a>(all: &'a [Template], content: &Value) -> Result<&'a Template, GraphError> {
    let name = content.get("name").and_then(Value::as_str).unwrap_or_default();
    let language =
        content.get("language").and_then(|l| l.get("code")).and_then(Value::as_str).unwrap_or_default();
    let found = all.iter().find(|t| t.name == name && t.language == language);
    let Some(template) = found else {
        return Err(GraphError::new(132_001, format!("template name ({name}) does not exist in {language}")));
    };
    match template.status.as_str() {
        "APPROVED" => Ok(template),
        "PAUSED" => Err(GraphError::new(132_015, "the template is paused due to low quality")),
        _ => Err(GraphError::new(132_001, format!("template {name} is not approved"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(content: Value) -> u32 {
        let all = house("https://campo.example");
        find(&all, &content).and_then(|t| t.fill(&content)).err().map_or(0, |e| e.code)
    }

    fn content(name: &str, params: usize, buttons: &[&str]) -> Value {
        let parameters: Vec<Value> =
            (0..params).map(|n| json!({"type": "text", "text": format!("p{n}")})).collect();
        let mut components = vec![json!({"type": "body", "parameters": parameters})];
        for (index, value) in buttons.iter().enumerate() {
            components.push(json!({"type": "button", "sub_type": "url", "index": index.to_string(),
                                   "parameters": [{"type": "text", "text": value}]}));
        }
        json!({"name": name, "language": {"code": "es_AR"}, "components": components})
    }

    #[test]
    fn counts_languages_and_buttons_are_held_to() {
        assert_eq!(code(content("technician_en_route_tracking", 2, &["tok"])), 0);
        assert_eq!(code(content("technician_en_route_tracking", 1, &["tok"])), 132_000);
        assert_eq!(code(content("technician_en_route_tracking", 3, &["tok"])), 132_000);
        assert_eq!(code(content("technician_en_route_tracking", 2, &[])), 131_008);
        assert_eq!(code(content("technician_arrived", 1, &["tok"])), 132_012);
        assert_eq!(code(content("no_such", 0, &[])), 132_001);
        assert_eq!(code(json!({"name": "audio_received_confirmation", "language": {"code": "en"}})), 132_001);
        assert_eq!(code(json!({"name": "audio_received_confirmation", "language": {"code": "es_AR"}})), 0);
        let mut paused = house("");
        for template in &mut paused {
            template.status = "PAUSED".into();
        }
        let error = find(&paused, &content("payment_confirmed", 3, &[])).unwrap_err();
        assert_eq!(error.code, 132_015);
        let mut long = content("message_received_confirmation", 1, &[]);
        long["components"][0]["parameters"][0]["text"] = "x".repeat(1024).into();
        assert_eq!(code(long), 132_005);
    }

    #[test]
    fn what_the_customer_sees_is_filled() {
        let all = house("https://campo.example");
        let content = content("technician_en_route_tracking", 2, &["tok"]);
        let filled = find(&all, &content).unwrap().fill(&content).unwrap();
        assert!(filled.body.starts_with("Hola p0, p1 está en camino"));
        assert_eq!(filled.buttons[0]["url"], "https://campo.example/t/tok");
    }
}
