//! What must make the two worlds differ: promises of the database that are broken on purpose.

use clap::ValueEnum;
use sqlx::AssertSqlSafe;

use crate::campo::Campo;
use crate::error::Outcome;
use crate::oracle::database;

/// A broken promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Sabotage {
    /// Row-level security is off on every table.
    RlsOff,
    /// One table is read without regard to the organization: a query past its filter.
    LeakingCustomer,
    /// The same of people.
    LeakingMember,
    /// The same of conversations.
    LeakingConversation,
}

impl Sabotage {
    /// Its name on the command line.
    pub fn name(self) -> String {
        self.to_possible_value().map(|v| v.get_name().to_owned()).unwrap_or_default()
    }

    /// Breaks it, as the owner of the tables.
    pub async fn break_it(self, campo: &Campo) -> Outcome<()> {
        let mut owner = database::connect(campo).await?;
        let tables: Vec<String> = match self {
            Self::RlsOff => sqlx::query_scalar(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                     WHERE c.relrowsecurity AND n.nspname = 'public' AND c.relkind IN ('r', 'p')",
            )
            .fetch_all(&mut owner)
            .await?,
            Self::LeakingCustomer => vec!["customer".into()],
            Self::LeakingMember => vec!["member".into()],
            Self::LeakingConversation => vec!["conversation".into()],
        };
        for table in tables {
            let statement = if self == Self::RlsOff {
                format!(
                    "ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"
                )
            } else {
                format!("CREATE POLICY sabotage ON {table} FOR SELECT USING (true)")
            };
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut owner).await?;
        }
        Ok(())
    }
}
