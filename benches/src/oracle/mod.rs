//! The oracle: what was promised, against what the database says.
//!
//! `judge` is pure; `database` reads; `journal` is what the drivers were told. It reads the database from outside
//! and not through the engine, so that a mistake of the engine cannot hide itself.

pub mod database;
pub mod journal;
pub mod judge;

use crate::error::Outcome;
use crate::say;

use database::Database;
use journal::Line;
use judge::Verdict;

/// Judges these acked points and every organization they belong to; with none named, all organizations.
pub async fn examine(database: &mut Database, lines: &[Line]) -> Outcome<Verdict> {
    let mut orgs: Vec<_> = lines.iter().map(|l| l.org).collect();
    orgs.sort_unstable();
    orgs.dedup();
    if orgs.is_empty() {
        orgs = database.organizations().await?;
    }
    let mut verdict = Verdict::default();
    for org in orgs {
        database.enter(org).await?;
        let acked: Vec<&Line> = lines.iter().filter(|l| l.org == org).collect();
        judge::points(&acked, &database.points().await?, &mut verdict);
        judge::transitions(&database.history().await?, &database.job_states().await?, &mut verdict);
        let (seqs, last) = database.events().await?;
        judge::events(org, &seqs, last, &mut verdict);
    }
    Ok(verdict)
}

/// Examines and prints; whether all is well.
pub async fn report(database: &mut Database, lines: &[Line]) -> Outcome<bool> {
    let verdict = examine(database, lines).await?;
    say!("oracle   {verdict}");
    for finding in &verdict.findings {
        say!("         {finding}");
    }
    Ok(verdict.is_clean())
}
