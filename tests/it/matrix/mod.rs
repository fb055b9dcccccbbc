//! Every route of the OpenAPI document x five roles x one's own row, a colleague's, another organization's, none.
//!
//! [`table`] says who may do what, by functional.md section 1; [`world`] makes the rows; [`requests`] knows good
//! requests; [`shape`] holds good answers against the document. `make matrix` runs it alone.

mod requests;
mod shape;
mod table;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Instant;

use futures_util::stream::{self, StreamExt};
use reqwest::Method;
use serde_json::Value;

use crate::house::{Answer, House, Person, eventually};
use requests::{Body, PERSONAL};
use shape::Document;
use table::{Cell, Expected, ROLES, Who};
use world::{MARK, Rows, World};

/// Requests at once.
const AT_ONCE: usize = 24;
/// Tables that the other organization's own work writes some time after it was done.
// Its own messages are tried again by its own queue meanwhile, which its audit log notes.
const LATER: [&str; 6] = ["service_count", "audit_head", "audit_log", "message", "message_pace", "task"];

/// What must come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Let in, and the row was found: done, or a conflict with how the row is.
    LetIn,
    /// 403 `AUTH_003`.
    Forbidden,
    /// 404, as for a row that nobody has.
    Hidden,
    /// What the body or the query names is not found: no success, or a list without it.
    Unknown,
    /// 401.
    SignIn,
    /// Whatever the route says of the request, signing in is not what it wants.
    Open,
    /// The signature is missing.
    Unsigned,
}

/// One request.
#[derive(Debug)]
struct Case {
    name: String,
    method: Method,
    /// As the document writes it.
    path: String,
    address: String,
    body: Body,
    token: Option<String>,
    outcome: Outcome,
    /// Who asks in the end, where asking ends sessions: with one of its own.
    leaver: Option<Person>,
    /// Ids that must not be in a good answer.
    unseen: Vec<String>,
}

/// The walk's cases, in the order in which they must not disturb each other.
#[derive(Debug, Default)]
struct Cases {
    refused: Vec<Case>,
    reading: Vec<Case>,
    writing: Vec<Case>,
    /// One after the other: they end sessions.
    leaving: Vec<Case>,
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_names() {
    let begun = Instant::now();
    let house = House::start().await;
    let document = Document(house.get(None, "/api/openapi.json").await.ok());
    let expectations = table::expectations();
    in_step(&document, &expectations);
    let world = World::build(house).await;
    let made = begun.elapsed();
    let before = settled(&world.house, &world).await;
    let mut cases = Cases::default();
    for route in &expectations {
        plan(&world, route, &mut cases).await;
    }
    let count = cases.refused.len() + cases.reading.len() + cases.writing.len() + cases.leaving.len();
    let (built, mut wrong) = (begun.elapsed(), Vec::new());
    for group in [&cases.refused, &cases.reading, &cases.writing] {
        let found =
            stream::iter(group).map(|case| run(&world.house, &document, case)).buffer_unordered(AT_ONCE);
        wrong.extend(found.collect::<Vec<_>>().await.into_iter().flatten());
    }
    for case in &mut cases.leaving {
        take_leave(&world.house, case).await;
        wrong.extend(run(&world.house, &document, case).await);
    }
    let after = settled(&world.house, &world).await;
    for (table, rows) in before.iter().filter(|(table, _)| !LATER.contains(&table.as_str())) {
        if after.get(table) != Some(rows) {
            wrong.push(format!(
                "the other organization's {table} changed: {rows:?} -> {:?}",
                after.get(table)
            ));
        }
    }
    let [all, making, settling] = [begun.elapsed(), made, built - made].map(|took| took.as_secs_f32());
    println!(
        "{count} cases of {} routes, {} wrong; {all:.1} s, of which {making:.1} s to make rows and {settling:.1} s to plan",
        expectations.len(),
        wrong.len()
    );
    assert!(count >= 2_000, "{count} cases");
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// Gives a case that ends a session one of its own.
async fn take_leave(house: &House, case: &mut Case) {
    let Some(leaver) = &case.leaver else { return };
    let session = house.open(leaver.org, leaver.user).await;
    if case.path.contains("{id}") {
        let sessions = house.get(&session, "/api/auth/sessions").await.ok();
        case.address = case.path.replace("{id}", sessions["items"][0]["id"].as_str().unwrap());
    }
    case.token = Some(session.token);
}

fn document() -> Document {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json")).unwrap();
    Document(serde_json::from_str(&text).unwrap())
}

/// The table knows the routes of the document, each once, and no others.
fn in_step(document: &Document, expectations: &[Expected]) {
    let expected: BTreeSet<(String, String)> =
        expectations.iter().map(|e| (e.method.to_lowercase(), e.path.clone())).collect();
    assert_eq!(expected.len(), expectations.len(), "a route stands in the table twice");
    let documented: BTreeSet<(String, String)> = document.0["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(|m| (m.clone(), path.clone())))
        .collect();
    let missing: Vec<_> = documented.difference(&expected).collect();
    assert!(missing.is_empty(), "tests/it/matrix/table.rs expects nothing of {missing:?}");
    let gone: Vec<_> = expected.difference(&documented).collect();
    assert!(gone.is_empty(), "tests/it/matrix/table.rs expects routes that are none: {gone:?}");
}

async fn plan(world: &World, route: &Expected, cases: &mut Cases) {
    let method: Method = route.method.parse().unwrap();
    let plan = Plan {
        world,
        method,
        path: &route.path,
        kind: requests::kind(&route.method.parse().unwrap(), &route.path),
    };
    match route.who {
        Who::Roles(cells) => {
            for (n, cell) in cells.into_iter().enumerate() {
                plan.role(n, cell, cases).await;
            }
            plan.nobody(cases);
        }
        Who::Everyone => plan.everyone(cases),
        Who::Link => plan.link(cases),
        Who::Provider => plan.provider(cases),
    }
}

/// One route.
struct Plan<'a> {
    world: &'a World,
    method: Method,
    path: &'a str,
    kind: Option<&'static str>,
}

impl Plan<'_> {
    /// Every case of one role.
    async fn role(&self, n: usize, cell: Cell, cases: &mut Cases) {
        let (world, member) = (self.world, &self.world.members[n]);
        let person = &member.person;
        let admitted = |outcome| if cell == Cell::None { Outcome::Forbidden } else { outcome };
        let own = self.own_row(n);
        let fresh = if cell == Cell::None { None } else { self.fresh().await };
        let mut add = |name: &str, case: Case| self.file(cases, format!("{name}, {}", ROLES[n]), case);

        let mut mine =
            self.case(person, fresh.as_ref().unwrap_or(&own), &world.own, admitted(Outcome::LetIn));
        mine.leaver = (self.ends_sessions() && cell != Cell::None).then(|| member.leaver.clone());
        add("own", mine.hides(self.unseen(n, cell)));
        if self.kind.is_some() {
            add("other", self.case(person, &self.row(&world.other), &world.other, admitted(Outcome::Hidden)));
            let random = uuid::Uuid::new_v4().to_string();
            add("of nobody", self.case(person, &random, &world.own, admitted(Outcome::Hidden)));
            if cell == Cell::Own {
                let row = self.foreign_row(n);
                add("a colleague's", self.case(person, &row, &world.own, Outcome::Hidden));
            }
        } else if self.method == Method::GET {
            // The same role of the other organization sees its own and nothing of this one.
            let case = self.case(&world.strangers[n], "", &world.other, admitted(Outcome::LetIn));
            add("from the other side", case.hides(world.own.ids().map(str::to_owned).collect()));
        }
        if requests::refers(&self.method, self.path) {
            let case = self.case(person, &own, &world.other, admitted(Outcome::Unknown));
            add("naming the other's", case.hides(world.other.ids().map(str::to_owned).collect()));
        }
        add("ended session", self.case(&member.ended, &own, &world.own, Outcome::SignIn));
        add("no organization", self.case(&member.nobody, &own, &world.own, Outcome::SignIn));
    }

    /// A row made for a request that takes it away.
    async fn fresh(&self) -> Option<String> {
        let takes_away = self.method == Method::DELETE || self.path.starts_with("/api/admin/dlq/");
        match self.kind {
            Some(kind) if takes_away => self.world.fresh(kind).await,
            _ => None,
        }
    }

    /// Without a token, and with one that is none.
    fn nobody(&self, cases: &mut Cases) {
        for (name, token) in [("no token", None), ("a made-up token", Some("a.b.c".to_owned()))] {
            let mut case =
                self.case(&self.world.members[0].person, &self.own_row(0), &self.world.own, Outcome::SignIn);
            case.token = token;
            self.file(cases, name.into(), case);
        }
    }

    /// Signing in: nobody is asked who they are.
    fn everyone(&self, cases: &mut Cases) {
        for (n, member) in self.world.members.iter().enumerate() {
            let mut case = self.case(&member.person, "", &self.world.own, Outcome::Open);
            case.leaver = Some(member.leaver.clone());
            self.file(cases, format!("own, {}", ROLES[n]), case);
        }
    }

    /// A link works for whoever has it, and says nothing where it is none.
    fn link(&self, cases: &mut Cases) {
        for (n, member) in self.world.members.iter().enumerate() {
            for (name, row, outcome) in [
                ("own", self.world.own.of("rating"), Outcome::LetIn),
                ("of nobody", "AAAAAAAAAAAAAAAAAAAAAAAA", Outcome::Hidden),
            ] {
                // Copies are made by the queue: whose link works is privacy's own test.
                if self.path.starts_with("/api/privacy/exports/") && outcome == Outcome::LetIn {
                    continue;
                }
                let case = self.case(&member.person, row, &self.world.own, outcome);
                self.file(cases, format!("{name}, {}", ROLES[n]), case);
            }
        }
    }

    /// Whoever it is: without the provider's signature nothing is taken.
    fn provider(&self, cases: &mut Cases) {
        for (n, member) in self.world.members.iter().enumerate() {
            let case = self.case(&member.person, "", &self.world.own, Outcome::Unsigned);
            self.file(cases, format!("unsigned, {}", ROLES[n]), case);
        }
    }

    fn case(&self, who: &Person, row: &str, rows: &Rows, outcome: Outcome) -> Case {
        let query = requests::query(&self.method, self.path, rows);
        let address = requests::address(self.path, self.kind, row, rows);
        Case {
            name: String::new(),
            method: self.method.clone(),
            path: self.path.to_owned(),
            address: format!("{address}{query}"),
            body: requests::body(&self.method, self.path, rows),
            token: Some(who.token.clone()),
            outcome,
            leaver: None,
            unseen: Vec::new(),
        }
    }

    fn file(&self, cases: &mut Cases, name: String, mut case: Case) {
        case.name = name;
        // What must change nothing goes first, while rows are as they were made.
        let refuses = match case.outcome {
            Outcome::LetIn | Outcome::Open => false,
            Outcome::Unknown => self.method != Method::GET,
            _ => true,
        };
        let list = if refuses {
            &mut cases.refused
        } else if self.ends_sessions() {
            &mut cases.leaving
        } else if matches!(self.method, Method::GET | Method::HEAD) {
            &mut cases.reading
        } else {
            &mut cases.writing
        };
        list.push(case);
    }

    fn ends_sessions(&self) -> bool {
        self.path.starts_with("/api/auth/") && !matches!(self.method, Method::GET)
    }

    fn row(&self, rows: &Rows) -> String {
        self.kind.map(|kind| rows.of(kind).to_owned()).unwrap_or_default()
    }

    /// The row of a member: their own where it is personal, else their organization's.
    fn own_row(&self, n: usize) -> String {
        match self.kind {
            Some(kind) if PERSONAL.contains(&kind) => self.world.members[n].rows.of(kind).to_owned(),
            Some("file") if ROLES[n] == "accountant" => self.world.members[n].rows.of("file").to_owned(),
            Some(kind) => self.world.own.of(kind).to_owned(),
            None => String::new(),
        }
    }

    fn foreign_row(&self, n: usize) -> String {
        match self.kind {
            Some("file") if ROLES[n] == "accountant" => self.world.own.of("file").to_owned(),
            _ => self.row(&self.world.foreign),
        }
    }

    /// What somebody who reaches their own alone must not see.
    fn unseen(&self, n: usize, cell: Cell) -> Vec<String> {
        if cell != Cell::Own || ROLES[n] != "technician" {
            return Vec::new();
        }
        let foreign = &self.world.foreign;
        ["job", "victim", "customer", "device", "journey", "login", "notice"]
            .map(|kind| foreign.of(kind).to_owned())
            .to_vec()
    }
}

impl Case {
    fn hides(mut self, ids: Vec<String>) -> Self {
        self.unseen = ids;
        self
    }
}

fn sent(house: &House, case: &Case) -> reqwest::RequestBuilder {
    let mut request = house.request(case.method.clone(), None, &case.address);
    if let Some(token) = &case.token {
        request = request.bearer_auth(token);
    }
    match &case.body {
        Body::Nothing => request,
        Body::Json(body) => request.json(body),
        Body::Bytes(bytes) => {
            request.header("upload-offset", 0).header("content-type", "image/png").body(bytes.clone())
        }
    }
}

/// What is wrong with the answer to a case; nothing where all is well.
async fn run(house: &House, document: &Document, case: &Case) -> Option<String> {
    let mut answer = house.send(sent(house, case)).await;
    // A machine under load says "later": whoever asks comes back, as the answer says.
    for _ in 0..3 {
        if answer.status != 503 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        answer = house.send(sent(house, case)).await;
    }
    let what = judge(document, case, &answer)?;
    let mut said = answer.text.clone();
    said.truncate(200);
    Some(format!("{} {} [{}] -> {} {said}: {what}", case.method, case.address, case.name, answer.status))
}

fn judge(document: &Document, case: &Case, answer: &Answer) -> Option<String> {
    let code = answer.body["code"].as_str().unwrap_or_default();
    let (status, is_good) = (answer.status, (200..300).contains(&answer.status));
    let is_head = case.method == Method::HEAD;
    let fits = match case.outcome {
        // A wrong one-time code is not a wrong person.
        // Nothing of one's own to withdraw, or asked for once already, is no wrong person either.
        Outcome::LetIn if case.path.starts_with("/api/users/me/") && matches!(status, 404 | 429) => true,
        // Too much at once: who walks every route is fast.
        Outcome::LetIn if status == 429 && code == "RATE_001" => true,
        Outcome::LetIn => is_good || matches!(status, 409 | 422) || code == "AUTH_001",
        Outcome::Forbidden => status == 403 && (is_head || code == "AUTH_003"),
        Outcome::Hidden => status == 404,
        Outcome::Unknown if case.method == Method::GET => is_good || matches!(status, 404 | 422),
        Outcome::Unknown => matches!(status, 404 | 422),
        Outcome::SignIn => status == 401 && (is_head || matches!(code, "AUTH_004" | "AUTH_007" | "AUTH_010")),
        Outcome::Open => !matches!(code, "AUTH_003" | "AUTH_004" | "AUTH_005" | "AUTH_010"),
        Outcome::Unsigned => matches!(status, 401 | 403),
    };
    if !fits {
        return Some(format!("{:?} was expected", case.outcome));
    }
    if status >= 500 {
        return Some("the server failed".into());
    }
    if !is_good {
        let is_problem =
            is_head || answer.headers["content-type"] == "application/problem+json" && !code.is_empty();
        return (!is_problem).then(|| "a refusal is no problem document".into());
    }
    if let Some(id) = case.unseen.iter().find(|id| answer.text.contains(id.as_str())) {
        return Some(format!("it shows {id}, which is not theirs"));
    }
    if answer.text.contains(MARK) && !case.name.starts_with("from the other side") {
        return Some("it shows words of the other organization".into());
    }
    document.misfit(case.method.as_str(), &case.path, status, &answer.text)
}

/// The other organization's rows by table, once its own work is done: how many, and a sum over all of their columns.
async fn settled(house: &House, world: &World) -> BTreeMap<String, (i64, String)> {
    let org = world.strangers[0].org.0;
    let mut sql = house.sql().await;
    eventually("the other organization's work is done", async || {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from task where org_id = $1 and (state in ('ready', 'running') and run_at < now() + interval '5 seconds')",
        )
        .bind(org)
        .fetch_one(&mut house.sql().await)
        .await
        .unwrap();
        (open == 0).then_some(())
    })
    .await;
    let tables: Vec<String> = sqlx::query_scalar(
        "select c.table_name::text from information_schema.columns c join pg_class t on t.relname = c.table_name
         where c.table_schema = 'public' and c.column_name = 'org_id' and not t.relispartition and t.relkind in ('r', 'p') order by 1",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    let mut query = String::new();
    for table in &tables {
        let joint = if query.is_empty() { "" } else { " union all " };
        write!(
            query,
            "{joint}select '{table}', count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text from {table} t where org_id = $1"
        )
        .unwrap();
    }
    let rows: Vec<(String, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(org).fetch_all(&mut sql).await.unwrap();
    assert!(
        rows.iter().filter(|(_, count, _)| *count > 0).count() > 10,
        "the other organization has rows: {rows:?}"
    );
    rows.into_iter().map(|(table, count, sum)| (table, (count, sum))).collect()
}

/// The walk's own checks find what they are for.
#[test]
fn a_wrong_answer_is_found() {
    let case = |outcome, unseen: &[&str]| Case {
        name: "own, owner".into(),
        method: Method::GET,
        path: "/api/auth/me".into(),
        address: "/api/auth/me".into(),
        body: Body::Nothing,
        token: None,
        outcome,
        leaver: None,
        unseen: unseen.iter().map(|id| (*id).to_owned()).collect(),
    };
    let answer = |status, text: &str| {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("content-type", "application/problem+json".parse().unwrap());
        Answer { status, headers, body: serde_json::from_str(text).unwrap_or(Value::Null), text: text.into() }
    };
    let document = document();
    let judged = |outcome, unseen: &[&str], status, text: &str| {
        judge(&document, &case(outcome, unseen), &answer(status, text)).is_some()
    };
    assert!(!judged(Outcome::Forbidden, &[], 403, r#"{"code":"AUTH_003"}"#));
    assert!(judged(Outcome::Forbidden, &[], 403, r#"{"code":"AUTH_004"}"#));
    assert!(judged(Outcome::Forbidden, &[], 200, "{}"), "let in");
    assert!(judged(Outcome::Hidden, &[], 403, r#"{"code":"AUTH_003"}"#), "betrays that it is there");
    assert!(judged(Outcome::LetIn, &[], 404, r#"{"code":"REQUEST_004"}"#));
    assert!(judged(Outcome::LetIn, &["abc"], 200, r#"{"id":"abc"}"#), "shows what is hidden");
    assert!(judged(Outcome::LetIn, &[], 200, r#"{"unheard_of":1}"#), "not as documented");
    assert!(judged(Outcome::SignIn, &[], 403, r#"{"code":"AUTH_003"}"#));
}
