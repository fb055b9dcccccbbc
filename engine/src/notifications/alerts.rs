//! Alerts to owners and admins: a service fails, an endpoint is given up. Never held back by quiet hours.

use super::events::channels;
use super::outbound::{self, Outgoing};
use super::templates::{Language, Templates};
use super::{preferences, sql, words};
use crate::db::Tenant;
use crate::error::Result;
use crate::notices::Notice;

/// Tells a phone that belongs to nobody any more what became of its owner's access.
pub async fn to_phone(templates: &Templates, tx: &mut Tenant, phone: &str, notice: &Notice) -> Result<()> {
    let params = [notice.title.clone(), notice.body.clone()];
    let filled = templates.fill("system_alert", Language::Es, &params, &[])?;
    let message = Outgoing {
        event: Some("system_alert"),
        text: Some(filled.text),
        dedupe_key: Some(format!("system_alert:{}:{phone}", notice.dedupe)),
        ..Outgoing::whatsapp(phone.to_owned(), filled.template)
    };
    outbound::enqueue(tx, message).await.map(|_| ())
}

/// Tells every owner and admin, once a `key`, through the channels of messages that they left on. The pages, push and
/// e-mail have their own ways.
pub async fn system_alert(
    templates: &Templates,
    tx: &mut Tenant,
    key: &str,
    title: &str,
    body: &str,
) -> Result<()> {
    for person in sql::people(tx, &[], true).await? {
        let wanted = preferences::of(tx, person.user_id).await?;
        let carries = channels("system_alert", &wanted);
        let params = [title.to_owned(), body.to_owned()];
        let filled = templates.fill("system_alert", wanted.language, &params, &[])?;
        let common = Outgoing {
            event: Some("system_alert"),
            user: Some(person.user_id),
            text: Some(filled.text.clone()),
            ..Outgoing::whatsapp(person.phone.clone(), filled.template)
        };
        if carries.whatsapp {
            let dedupe_key = Some(format!("system_alert:{key}:{}", person.user_id));
            outbound::enqueue(tx, Outgoing { dedupe_key, ..common.clone() }).await?;
        }
        if carries.sms {
            let sms = Outgoing::sms(person.phone, words::plain_sms(&filled.text));
            let dedupe_key = Some(format!("system_alert:{key}:{}:sms", person.user_id));
            let (event, user) = (common.event, common.user);
            outbound::enqueue(tx, Outgoing { dedupe_key, event, user, ..sms }).await?;
        }
    }
    Ok(())
}
