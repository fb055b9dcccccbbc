//! How long personal data is kept.

use campo_engine::privacy::retain::Keep;
use campo_engine::settings::PrivacySettings;
use chrono::TimeDelta;
use clap::Args;

/// How long personal data is kept.
#[derive(Debug, Clone, Default, Args)]
pub struct Privacy {
    /// Days that positions are kept, 1 to 90 [default: 90].
    #[arg(long, env = "CAMPO_KEEP_POSITIONS", value_name = "CAMPO_KEEP_POSITIONS", global = true,
          value_parser = clap::value_parser!(u32).range(1..=90))]
    pub keep_positions: Option<u32>,
    /// Days that daily summaries of positions are kept [default: 1826].
    #[arg(long, env = "CAMPO_KEEP_SUMMARIES", value_name = "CAMPO_KEEP_SUMMARIES", global = true,
          value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_summaries: Option<u32>,
    /// Days that notices inside the application are kept [default: 183].
    #[arg(long, env = "CAMPO_KEEP_NOTICES", value_name = "CAMPO_KEEP_NOTICES", global = true,
          value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_notices: Option<u32>,
    /// Days that messages and their media are kept [default: 1826].
    #[arg(long, env = "CAMPO_KEEP_MESSAGES", value_name = "CAMPO_KEEP_MESSAGES", global = true,
          value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_messages: Option<u32>,
    /// Days after its end that a job says what it said: texts, place, photos [default: 3653].
    #[arg(long, env = "CAMPO_KEEP_JOBS", value_name = "CAMPO_KEEP_JOBS", global = true,
          value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub keep_jobs: Option<u32>,
    /// Days that an organization's events are kept [default: 1826].
    #[arg(long, env = "CAMPO_KEEP_EVENTS", value_name = "CAMPO_KEEP_EVENTS", global = true,
          value_parser = clap::value_parser!(u32).range(30..=36_500))]
    pub keep_events: Option<u32>,
    /// Days in which a person may take the own erasure back [default: 30].
    #[arg(long, env = "CAMPO_ERASURE_WAIT", value_name = "CAMPO_ERASURE_WAIT", global = true,
          value_parser = clap::value_parser!(u32).range(0..=30))]
    pub erasure_wait: Option<u32>,
}

impl Privacy {
    /// As the engine takes them.
    pub fn settings(&self) -> PrivacySettings {
        let usual = Keep::default();
        let keep = Keep {
            positions: self.keep_positions.unwrap_or(usual.positions),
            summaries: self.keep_summaries.unwrap_or(usual.summaries),
            notices: self.keep_notices.unwrap_or(usual.notices),
            messages: self.keep_messages.unwrap_or(usual.messages),
            jobs: self.keep_jobs.unwrap_or(usual.jobs),
            events: self.keep_events.unwrap_or(usual.events),
        };
        let wait = self
            .erasure_wait
            .map_or(PrivacySettings::default().wait, |days| TimeDelta::days(i64::from(days)));
        PrivacySettings { wait, keep }
    }
}
