//! A job as the phone knows it.

use std::collections::HashMap;

use serde_json::Value;

use crate::town::Place;

/// The fields that a technician acts on.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// `#JOB-00012`, or the id where there is none.
    pub number: String,
    /// Where it stands.
    pub status: String,
    /// The version seen.
    pub version: i64,
    /// Where it is.
    pub place: Option<Place>,
    /// When it should begin (RFC 3339, so text order is time order).
    pub start: String,
}

impl Job {
    /// Reads a job as any frame has it.
    pub fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
        let degrees = |key: &str| value.get(key).and_then(Value::as_f64);
        let id = text("id")?;
        Some(Self {
            number: text("job_number").unwrap_or_else(|| id.clone()),
            status: text("status")?,
            version: value.get("version").and_then(Value::as_i64).unwrap_or(0),
            place: degrees("lat").zip(degrees("lon")).map(|(lat, lon)| Place { lat, lon }),
            start: text("scheduled_start").unwrap_or_default(),
            id,
        })
    }
}

/// Today's list.
#[derive(Debug, Clone, Default)]
pub struct Jobs(HashMap<String, Job>);

impl Jobs {
    /// The whole truth, as `welcome` has it.
    pub fn replace(&mut self, jobs: &[Value]) {
        self.0 = jobs.iter().filter_map(Job::read).map(|job| (job.id.clone(), job)).collect();
    }

    /// A job that is new or changed; an older version than the known one is old news.
    pub fn learn(&mut self, value: &Value) {
        let Some(job) = Job::read(value) else { return };
        if self.0.get(&job.id).is_none_or(|known| known.version <= job.version) {
            self.0.insert(job.id.clone(), job);
        }
    }

    /// A job that is ours no more.
    pub fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }

    /// A job by its id.
    pub fn get(&self, id: &str) -> Option<&Job> {
        self.0.get(id)
    }

    /// Sets what an accepted command did, until the server's own word comes.
    pub fn moved(&mut self, id: &str, status: &str, version: Option<i64>) {
        if let Some(job) = self.0.get_mut(id) {
            job.status = status.to_owned();
            job.version = version.unwrap_or(job.version);
        }
    }

    /// The job to be at: one under way first, then the earliest planned.
    pub fn next(&self) -> Option<&Job> {
        let rank = |job: &&Job| match job.status.as_str() {
            "working" => Some(0),
            "en_camino" => Some(1),
            "scheduled" => Some(2),
            _ => None,
        };
        let open =
            self.0.values().filter_map(|job| Some((rank(&job)?, job.start.as_str(), job.id.as_str(), job)));
        open.min_by_key(|(rank, start, id, _)| (*rank, *start, *id)).map(|(_, _, _, job)| job)
    }

    /// How many are still to be done.
    pub fn open(&self) -> usize {
        self.0.values().filter(|j| matches!(j.status.as_str(), "scheduled" | "en_camino" | "working")).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_under_way_comes_first_and_old_news_is_ignored() {
        let mut jobs = Jobs::default();
        jobs.replace(&[
            json!({"id":"a","status":"scheduled","version":1,"scheduled_start":"2026-01-01T10:00:00Z"}),
            json!({"id":"b","status":"scheduled","version":1,"scheduled_start":"2026-01-01T09:00:00Z"}),
            json!({"id":"c","status":"completed","version":9}),
        ]);
        assert_eq!(jobs.next().map(|j| j.id.as_str()), Some("b"));
        jobs.learn(&json!({"id":"a","status":"en_camino","version":3,"lat":-34.9,"lon":-60.0}));
        assert_eq!(jobs.next().map(|j| j.id.as_str()), Some("a"));
        jobs.learn(&json!({"id":"a","status":"scheduled","version":2}));
        assert_eq!(jobs.get("a").map(|j| j.status.as_str()), Some("en_camino"));
        jobs.forget("a");
        assert_eq!(jobs.open(), 1);
    }
}
