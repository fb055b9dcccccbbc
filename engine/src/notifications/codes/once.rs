//! A code that confirms something, to somebody whose phone is known: one message, WhatsApp first, else SMS.

use uuid::Uuid;

use super::again;
use crate::Engine;
use crate::error::{Again, Error, Result};
use crate::notifications::outbound::Way;
use crate::notifications::outbound::door::{self, Door, Outcome, Refusal, Then};
use crate::notifications::templates::Language;
use crate::notifications::words;

/// Sends a code; `id` is what a provider's status names it by. A task tries it again.
///
/// # Errors
/// [`Error::Provider`] where no channel took it, [`Error::Unavailable`] where there is none.
pub(crate) async fn send(engine: &Engine, phone: &str, id: Uuid, code: &str) -> Result<()> {
    let parts = [code.to_owned()];
    let filled = engine.templates.fill("login_code", Language::Es, &parts, &parts)?;
    let mut last = Err(Error::Unavailable("a message channel (none is configured)"));
    for way in [Way::Whatsapp, Way::Sms] {
        let door = door::own(engine, way);
        if matches!(door, Door::Closed) {
            continue;
        }
        let (content, text) = match way {
            Way::Whatsapp => (&filled.template, filled.text.clone()),
            Way::Sms => (&filled.free, words::plain_sms(&filled.text)),
        };
        last = match door::go(engine, &door, phone, (content, &text), id, None).await {
            Outcome::Taken(_) => return Ok(()),
            Outcome::Failed(service, failure) => Err(failure.into_error(service)),
            Outcome::Refused(Refusal { code, detail, then }) => {
                let when = if matches!(then, Then::Retry(_)) { Again::Soon } else { Again::Never };
                Err(again(when, &code, &detail))
            }
        };
    }
    last
}
