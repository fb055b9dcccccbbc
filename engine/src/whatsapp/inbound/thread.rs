//! What messages of one sender do to their conversation, in the transaction that stores them.

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};

use crate::Engine;
use crate::customers;
use crate::db::Tenant;
use crate::error::{Error, Result};
use crate::event::{By, NewEvent};
use crate::ids::{CustomerId, MessageId, UserId};
use crate::moment;
use crate::notifications::consent;
use crate::notifications::content::Content;
use crate::notifications::outbound::{self, Outgoing};
use crate::services::{self, Capability};
use crate::voice;
use crate::whatsapp::abuse::{self, Facts, Verdict};
use crate::whatsapp::content::{Act, Read};
use crate::whatsapp::sql::desk as desk_sql;
use crate::whatsapp::sql::thread::{self as sql, Beginning, News, Row, Thread};
use crate::whatsapp::wire::Inbound;
use crate::whatsapp::{contact, desk, hours, inbox, media, requests};

/// A clock that is ahead is not believed.
const AHEAD: TimeDelta = TimeDelta::minutes(1);

/// Stores messages of one sender and what follows from them; what was stored before changes nothing.
pub(super) async fn take(
    engine: &Engine,
    tenant: &mut Tenant,
    phone: Option<&str>,
    messages: &[&Inbound],
) -> Result<()> {
    let now = moment::now();
    for message in messages {
        mark(tenant, message, now).await?;
    }
    let said: Vec<&Inbound> =
        messages.iter().copied().filter(|m| m.read.mark.is_none() && !is_bare_mark(&m.read)).collect();
    let Some(first) = said.first() else { return tell_marks(tenant, phone, messages).await };
    let thread = open(tenant, phone, first, now).await?;
    let ids: Vec<MessageId> = said.iter().map(|_| MessageId::new()).collect();
    let rows: Vec<Row<'_>> = said.iter().zip(&ids).map(|(m, id)| row(m, *id, now)).collect();
    let stored = sql::store(tenant, &thread, false, &rows).await?;
    let fresh: Vec<(MessageId, &Inbound)> =
        ids.into_iter().zip(said).filter(|(id, _)| stored.contains(id)).collect();
    if fresh.is_empty() {
        return tell_marks(tenant, phone, messages).await;
    }
    let verdict = judge(engine, tenant, &thread, &fresh, now).await?;
    note(tenant, &thread, phone, &fresh, (verdict, now)).await?;
    for (id, message) in &fresh {
        if let Some(found) = &message.read.media {
            media::fetch_later(tenant, *id, found, &message.read.kind).await?;
        }
    }
    let heard = hear(tenant, phone, &fresh, now).await?;
    if verdict != Verdict::Quiet && thread.status != "spam" {
        let is_asked = |id: &MessageId, m: &Inbound| m.read.is_said() && !heard.contains(id);
        let asked: Vec<_> =
            fresh.iter().filter(|(id, m)| is_asked(id, m)).map(|(id, m)| (*id, &m.read)).collect();
        let is_slowed = verdict == Verdict::Slowed;
        requests::gather(engine, tenant, thread.conversation_id, &asked, is_slowed, now).await?;
    }
    if verdict == Verdict::Fine && thread.status != "spam" && heard.is_empty() {
        answer(engine, tenant, &thread, &fresh, now).await?;
    }
    tell(tenant, &thread, &fresh, now).await
}

/// Stores what the business wrote from its own phone.
pub(super) async fn take_echoes(
    tenant: &mut Tenant,
    phone: Option<&str>,
    messages: &[&Inbound],
) -> Result<()> {
    let now = moment::now();
    let said: Vec<&Inbound> = messages.iter().copied().filter(|m| !is_bare_mark(&m.read)).collect();
    let Some(first) = said.first() else { return Ok(()) };
    let thread = open(tenant, phone, first, now).await?;
    let ids: Vec<MessageId> = said.iter().map(|_| MessageId::new()).collect();
    let previews: Vec<String> = said.iter().map(|m| m.read.preview()).collect();
    let rows: Vec<Row<'_>> = said
        .iter()
        .zip(&ids)
        .zip(&previews)
        .map(|((m, id), preview)| {
            // Outbound rows hold what could be sent again.
            let words = m.read.text.as_deref().unwrap_or(preview);
            let body = serde_json::to_value(Content::text(words)).unwrap_or_default();
            Row { body, text: Some(words), kind: "text", ..row(m, *id, now) }
        })
        .collect();
    let stored = sql::store(tenant, &thread, true, &rows).await?;
    let fresh: Vec<_> = ids.into_iter().zip(said).filter(|(id, _)| stored.contains(id)).collect();
    let Some((_, newest)) = fresh.iter().max_by_key(|(_, m)| (at_of(m, now), &m.id)) else { return Ok(()) };
    let preview = newest.read.preview();
    let news = News { unread: 0, said_at: None, direction: "out", ..news_of(newest, &preview, phone, now) };
    sql::note(tenant, thread.conversation_id, &news).await?;
    tell(tenant, &thread, &[], now).await
}

/// An edit, a reaction, a deletion that does not say of what: nothing can be shown of it.
fn is_bare_mark(read: &Read) -> bool {
    matches!(read.kind.as_str(), "reaction" | "edit" | "revoke")
}

fn at_of(message: &Inbound, now: DateTime<Utc>) -> DateTime<Utc> {
    message.at.map_or(now, |at| if at > now + AHEAD { now } else { at })
}

fn row<'a>(message: &'a Inbound, id: MessageId, now: DateTime<Utc>) -> Row<'a> {
    let read = &message.read;
    let mut body = json!({"content": read.content, "raw": message.raw, "from_user_id": message.user_id});
    if let (Some(map), Some(found)) = (body.as_object_mut(), &read.media) {
        map.insert("media".into(), serde_json::to_value(found).unwrap_or_default());
    }
    Row {
        id,
        provider_id: &message.id,
        kind: &read.kind,
        text: read.text.as_deref(),
        body,
        at: at_of(message, now),
    }
}

/// What a message does to another one; it may come before that one.
async fn mark(tenant: &mut Tenant, message: &Inbound, now: DateTime<Utc>) -> Result<()> {
    let Some(mark) = &message.read.mark else { return Ok(()) };
    let (act, value) = match &mark.act {
        Act::Reaction(emoji) => ("reaction", emoji.as_ref().map(|e| Value::from(e.as_str()))),
        Act::Edit(read) => ("edit", Some(json!({"text": read.text, "content": read.content}))),
        Act::Revoke => ("revoke", None),
    };
    sql::mark(tenant, (&mark.target, act), value.as_ref(), (at_of(message, now), &message.id)).await
}

/// The conversation with a sender, made where there is none; locked.
async fn open(
    tenant: &mut Tenant,
    phone: Option<&str>,
    from: &Inbound,
    now: DateTime<Utc>,
) -> Result<Thread> {
    // Somebody who shows neither is kept by what they call themselves in this message.
    let nobody = format!("message:{}", from.id);
    let user_id = match (phone, from.user_id.as_deref()) {
        (None, None) => Some(nobody.as_str()),
        (_, user_id) => user_id,
    };
    if let Some(thread) = sql::lock(tenant, phone, user_id).await? {
        return Ok(thread);
    }
    let (customer, member, known) = match phone {
        Some(phone) => who(tenant, phone, from, now).await?,
        None => (None, None, None),
    };
    let name = known.as_deref().or(from.name.as_deref());
    let new = Beginning {
        phone,
        wa_id: from.wa_id.as_deref(),
        user_id,
        name,
        username: from.username.as_deref(),
        customer,
        member,
        at: at_of(from, now),
    };
    sql::begin(tenant, &new).await?;
    let made = sql::lock(tenant, phone, user_id).await?;
    made.ok_or_else(|| Error::Internal("a conversation that was made is not there".into()))
}

/// Who has this number: a customer, a colleague, or a customer from now on.
async fn who(
    tenant: &mut Tenant,
    phone: &str,
    from: &Inbound,
    now: DateTime<Utc>,
) -> Result<(Option<CustomerId>, Option<UserId>, Option<String>)> {
    let candidates = sql::candidates(tenant, phone).await?;
    if let Some(known) = contact::whose(phone, &candidates) {
        return Ok((Some(*known), None, None));
    }
    if let Some((colleague, name)) = sql::colleague(tenant, phone).await? {
        return Ok((None, Some(colleague), Some(name)));
    }
    let name = from.name.as_deref().map(tidy).filter(|n| !n.is_empty()).unwrap_or_else(|| phone.to_owned());
    let org = tenant.org();
    let new = customers::sql::New { name: &name, phone, ..customers::sql::New::default() };
    let made = customers::sql::insert(tenant.conn(), org, &new).await?;
    let made = match made {
        Some(made) => {
            tenant.record(NewEvent::new("customer.created", now, By::SYSTEM).with("customer", &made));
            Some(made.id)
        }
        // Another transaction was faster.
        None => sql::candidates(tenant, phone).await?.into_iter().find(|(_, p)| p == phone).map(|(id, _)| id),
    };
    Ok((made, None, None))
}

/// A name without line breaks and signs that nobody can see.
fn tidy(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

async fn judge(
    engine: &Engine,
    tenant: &mut Tenant,
    thread: &Thread,
    fresh: &[(MessageId, &Inbound)],
    now: DateTime<Utc>,
) -> Result<Verdict> {
    if thread.quiet_until.is_some_and(|until| until > now) {
        return Ok(Verdict::Quiet);
    }
    let Some((_, last)) = fresh.last() else { return Ok(Verdict::Fine) };
    let words = last.read.text.as_deref();
    let (last_minute, last_five, same_words, is_served) = sql::pace(tenant, thread, words).await?;
    let facts = Facts {
        last_minute,
        last_five,
        same_words,
        links: words.map_or(0, abuse::links),
        is_new: now - thread.created_at < TimeDelta::minutes(5),
        hour: now.with_timezone(&moment::zone("")).hour(),
        is_served,
    };
    let verdict = abuse::judge(&facts);
    // Switched off, fixed limits alone hold.
    let is_on = services::allows(engine, Some(tenant.org()), Capability::AbuseDetection);
    Ok(if is_on { verdict } else { abuse::fixed(&facts) })
}

/// The conversation as the new messages make it.
async fn note(
    tenant: &mut Tenant,
    thread: &Thread,
    phone: Option<&str>,
    fresh: &[(MessageId, &Inbound)],
    (verdict, now): (Verdict, DateTime<Utc>),
) -> Result<()> {
    let Some((_, newest)) = fresh.iter().max_by_key(|(_, m)| (at_of(m, now), &m.id)) else { return Ok(()) };
    let said: Vec<&Inbound> = fresh.iter().map(|(_, m)| *m).filter(|m| m.read.is_said()).collect();
    let preview = newest.read.preview();
    let is_new_quiet = verdict == Verdict::Quiet && thread.quiet_until.is_none_or(|until| until <= now);
    let news = News {
        unread: i32::try_from(said.len()).unwrap_or(i32::MAX),
        said_at: said.iter().map(|m| at_of(m, now)).max(),
        quiet_until: is_new_quiet.then(|| now + abuse::QUIET),
        ..news_of(newest, &preview, phone, now)
    };
    sql::note(tenant, thread.conversation_id, &news).await
}

fn news_of<'a>(
    newest: &'a Inbound,
    preview: &'a str,
    phone: Option<&'a str>,
    now: DateTime<Utc>,
) -> News<'a> {
    News {
        unread: 0,
        said_at: None,
        newest: (at_of(newest, now), &newest.id),
        direction: "in",
        kind: &newest.read.kind,
        preview,
        name: newest.name.as_deref(),
        username: newest.username.as_deref(),
        phone,
        wa_id: newest.wa_id.as_deref(),
        user_id: newest.user_id.as_deref(),
        quiet_until: None,
    }
}

/// Says by itself that nobody is there, outside opening hours and once in half an hour.
async fn answer(
    engine: &Engine,
    tenant: &mut Tenant,
    thread: &Thread,
    fresh: &[(MessageId, &Inbound)],
    now: DateTime<Utc>,
) -> Result<()> {
    let said = fresh.iter().filter(|(_, m)| m.read.is_said()).map(|(_, m)| at_of(m, now)).max();
    let (Some(said_at), Some(phone)) = (said, &thread.phone) else { return Ok(()) };
    let settings = desk::settings(tenant).await?;
    let (house, zone) = desk_sql::house(tenant).await?;
    let zone = moment::zone(&zone);
    if !settings.auto_answer || !hours::is_answered(&settings.hours, zone, said_at, now, thread.told_at) {
        return Ok(());
    }
    sql::told(tenant, thread.conversation_id, now).await?;
    let text = settings.answer_text.unwrap_or_else(|| hours::words(&house, &settings.hours));
    let message = Outgoing {
        text: Some(text.clone()),
        conversation: Some(thread.conversation_id),
        customer: thread.customer_id,
        event: Some("after_hours"),
        ..Outgoing::whatsapp(phone, Content::text(text))
    };
    outbound::enqueue(tenant, message).await?;
    engine.task_written.notify_one();
    Ok(())
}

/// BAJA, STOP, ALTA, and what answers a question of ours: carried out in the order in which it was written.
///
/// Answers the messages that were such: they ask for nothing.
async fn hear(
    tenant: &mut Tenant,
    phone: Option<&str>,
    fresh: &[(MessageId, &Inbound)],
    now: DateTime<Utc>,
) -> Result<Vec<MessageId>> {
    let Some(phone) = phone else { return Ok(Vec::new()) };
    let mut said: Vec<&(MessageId, &Inbound)> = fresh.iter().collect();
    said.sort_by_key(|(_, m)| (at_of(m, now), &m.id));
    let mut heard = Vec::new();
    for (id, message) in said {
        let Some(text) = message.read.text.as_deref().filter(|_| message.read.media.is_none()) else {
            continue;
        };
        let is_wish = consent::heard(tenant, phone, text).await?.is_some();
        if is_wish || voice::answer_received(tenant, phone, text).await? {
            heard.push(*id);
        }
    }
    Ok(heard)
}

/// Everybody in the office hears of it.
async fn tell(
    tenant: &mut Tenant,
    thread: &Thread,
    fresh: &[(MessageId, &Inbound)],
    now: DateTime<Utc>,
) -> Result<()> {
    let Some(view) = inbox::view(tenant, thread.conversation_id).await? else { return Ok(()) };
    let by = By { kind: crate::event::ByKind::Customer, id: None };
    if fresh.is_empty() {
        tenant.record(NewEvent::new("conversation.changed", now, By::SYSTEM).with("conversation", &view));
    }
    for (id, message) in fresh {
        let shown = inbox::came_in(thread.conversation_id, *id, message, at_of(message, now));
        let event = NewEvent::new("message.received", now, by);
        tenant.record(event.with("conversation", &view).with("message", &shown));
    }
    Ok(())
}

/// Something was done to a message that stands here already.
async fn tell_marks(tenant: &mut Tenant, phone: Option<&str>, messages: &[&Inbound]) -> Result<()> {
    let Some(marking) = messages.iter().find(|m| m.read.mark.is_some()) else { return Ok(()) };
    match sql::lock(tenant, phone, marking.user_id.as_deref()).await? {
        Some(thread) => tell(tenant, &thread, &[], moment::now()).await,
        None => Ok(()),
    }
}
