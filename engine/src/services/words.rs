//! What people are told of a service that does not stand as it should, and what happens instead: one table.

use super::rules::Mode;
use crate::providers::Service;
use crate::tracking::window::Language;

/// What people call a service.
pub fn name(service: Service, language: Language) -> &'static str {
    match (service, language) {
        (Service::WhatsApp, _) => "WhatsApp",
        (Service::Twilio, _) => "SMS",
        (Service::OpenAi, Language::Es) => "Notas de voz",
        (Service::OpenAi, Language::En) => "Voice notes",
        (Service::Email, Language::Es) => "Correo",
        (Service::Email, Language::En) => "E-mail",
        (Service::WebPush, Language::Es) => "Avisos al navegador",
        (Service::WebPush, Language::En) => "Browser notices",
        (Service::Webhooks, Language::Es) => "Avisos a otros sistemas",
        (Service::Webhooks, Language::En) => "Notices to other systems",
        (Service::Storage, Language::Es) => "Fotos y archivos",
        (Service::Storage, Language::En) => "Photos and files",
        (Service::GoogleRoutes, _) => "Google Routes",
        (Service::Mapbox, _) => "Mapbox",
        (Service::Osrm, _) => "OSRM",
        (Service::Valhalla, _) => "Valhalla",
    }
}

/// What people are told; none while all is well.
pub fn told(service: Service, mode: Mode, language: Language) -> Option<&'static str> {
    let (es, en) = sentence(service, mode)?;
    Some(if language == Language::Es { es } else { en })
}

/// Spanish and English.
fn sentence(service: Service, mode: Mode) -> Option<(&'static str, &'static str)> {
    let is_panic = match mode {
        Mode::Ok => return None,
        Mode::Degraded => false,
        Mode::Panic => true,
    };
    Some(match (service, is_panic) {
        (Service::WhatsApp, false) => (
            "WhatsApp con demoras: los mensajes pueden tardar y se reintentan solos.",
            "WhatsApp is slow: messages may take a while and are tried again by themselves.",
        ),
        (Service::WhatsApp, true) => (
            "WhatsApp fuera de servicio: lo urgente sale por SMS, el resto espera y sale después.",
            "WhatsApp is out of service: what is urgent goes by SMS, the rest waits and goes out later.",
        ),
        (Service::Twilio, false) => {
            ("SMS con demoras: los códigos pueden tardar.", "SMS is slow: codes may take a while.")
        }
        (Service::Twilio, true) => (
            "SMS fuera de servicio: los códigos salen solo por WhatsApp.",
            "SMS is out of service: codes go by WhatsApp alone.",
        ),
        (Service::OpenAi, false) => (
            "Notas de voz con demoras: se transcriben más tarde.",
            "Voice notes are slow: they are transcribed later.",
        ),
        (Service::OpenAi, true) => (
            "Notas de voz: todas pasan a revisión de una persona.",
            "Voice notes: a person reviews all of them.",
        ),
        (Service::Email, false) => (
            "Correo con demoras: los documentos pueden tardar.",
            "E-mail is slow: documents may take a while.",
        ),
        (Service::Email, true) => (
            "Correo fuera de servicio: los documentos esperan y salen después.",
            "E-mail is out of service: documents wait and go out later.",
        ),
        (Service::WebPush, false) => (
            "Avisos al navegador con demoras; la bandeja de avisos funciona.",
            "Browser notices are slow; the list of notices works.",
        ),
        (Service::WebPush, true) => (
            "Avisos al navegador fuera de servicio: mirá la bandeja de avisos.",
            "Browser notices are out of service: look at the list of notices.",
        ),
        (Service::Webhooks, false) => (
            "Avisos a otros sistemas con demoras: se reintentan solos.",
            "Notices to other systems are slow: they are tried again by themselves.",
        ),
        (Service::Webhooks, true) => (
            "Avisos a otros sistemas en pausa: se entregan después, en orden.",
            "Notices to other systems are paused: they are delivered later, in order.",
        ),
        (Service::Storage, false) => (
            "Fotos y archivos con demoras: los teléfonos los guardan y los suben después.",
            "Photos and files are slow: phones keep them and upload them later.",
        ),
        (Service::Storage, true) => (
            "Fotos y archivos fuera de servicio: los teléfonos los guardan y los suben después.",
            "Photos and files are out of service: phones keep them and upload them later.",
        ),
        (Service::GoogleRoutes | Service::Mapbox | Service::Osrm | Service::Valhalla, _) => (
            "Rutas externas sin respuesta: las llegadas se estiman con el mapa propio.",
            "Outside directions do not answer: arrivals are estimated with our own map.",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is not well is said in both languages, panic otherwise than delay where it means something else.
    #[test]
    fn whatever_is_not_well_is_said() {
        for service in Service::ALL {
            for language in [Language::Es, Language::En] {
                assert!(!name(service, language).is_empty());
                assert_eq!(told(service, Mode::Ok, language), None);
                let all = [Mode::Degraded, Mode::Panic].map(|mode| told(service, mode, language).unwrap());
                assert!(all.iter().all(|text| text.len() > 20 && text.ends_with('.')), "{all:?}");
            }
            assert_ne!(told(service, Mode::Panic, Language::Es), told(service, Mode::Panic, Language::En));
        }
        let told = told(Service::WhatsApp, Mode::Panic, Language::Es).unwrap();
        assert!(told.contains("lo urgente sale por SMS"), "{told}");
    }
}
