//! What one organization saw in one world, and where two of them part. Pure.

use serde_json::Value;

use super::names::Names;

/// What was seen.
#[derive(Debug, Clone)]
pub enum Seen {
    /// An answer, a frame.
    One(Value),
    /// Things that came in no promised order.
    Some(Vec<Value>),
}

/// Everything that was seen, in order.
#[derive(Debug, Clone, Default)]
pub struct Transcript(Vec<Line>);

#[derive(Debug, Clone)]
struct Line {
    step: usize,
    what: String,
    seen: Seen,
}

/// Where two transcripts part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The script's step.
    pub step: usize,
    /// What was asked there.
    pub what: String,
    /// What the first world said.
    pub one: String,
    /// What the second said.
    pub other: String,
}

impl Transcript {
    /// Notes what was seen at a step.
    pub fn note(&mut self, step: usize, what: impl Into<String>, seen: Seen) {
        self.0.push(Line { step, what: what.into(), seen });
    }

    /// Everything that was seen, value by value, with what was asked.
    pub fn values(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().flat_map(|line| {
            let values: &[Value] = match &line.seen {
                Seen::One(value) => std::slice::from_ref(value),
                Seen::Some(values) => values,
            };
            values.iter().map(|value| (line.what.as_str(), value))
        })
    }

    /// How many things were seen.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every line renamed: step, question, answer.
    fn read(&self, now_ms: i64) -> Vec<(usize, String, String)> {
        let mut names = Names::new(now_ms);
        self.0.iter().map(|line| (line.step, names.text(&line.what), seen(&mut names, &line.seen))).collect()
    }

    /// The first place where they part; `now_ms` is about when both were written.
    pub fn difference(&self, other: &Self, now_ms: i64) -> Option<Difference> {
        let (mine, theirs) = (self.read(now_ms), other.read(now_ms));
        let part = mine.iter().zip(&theirs).find(|(a, b)| a != b);
        if let Some(((step, what, one), (_, what_other, two))) = part {
            let what = if what == what_other { what.clone() } else { format!("{what} | {what_other}") };
            let (one, two) = around(one, two);
            return Some(Difference { step: *step, what, one, other: two });
        }
        if mine.len() == theirs.len() {
            return None;
        }
        let at = mine.len().min(theirs.len());
        let side =
            |lines: &[(usize, String, String)]| lines.get(at).map_or("the end".into(), |l| l.1.clone());
        let step = mine.get(at).or_else(|| theirs.get(at)).map_or(0, |l| l.0);
        Some(Difference { step, what: "one goes on".into(), one: side(&mine), other: side(&theirs) })
    }
}

fn seen(names: &mut Names, seen: &Seen) -> String {
    match seen {
        Seen::One(value) => names.line(value),
        Seen::Some(values) => {
            let mut sorted: Vec<&Value> = values.iter().collect();
            sorted.sort_by_cached_key(|v| names.sketch(v));
            let lines: Vec<String> = sorted.into_iter().map(|v| names.line(v)).collect();
            lines.join("\n")
        }
    }
}

/// Letters before the first that differs, and after it, that a report shows.
const BEFORE: usize = 160;
const AFTER: usize = 400;

/// Both texts around the place where they part.
fn around(one: &str, two: &str) -> (String, String) {
    let same = one.chars().zip(two.chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(BEFORE);
    let cut = |text: &str| {
        let part: String = text.chars().skip(from).take(BEFORE + AFTER).collect();
        if from > 0 { format!("..{part}") } else { part }
    };
    (cut(one), cut(two))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use uuid::Uuid;

    const NOW: i64 = 1_790_000_000_000;

    fn world(ids: [u128; 2], extra: bool) -> Transcript {
        let [a, b] = ids.map(Uuid::from_u128);
        let mut seen = Transcript::default();
        seen.note(1, format!("GET /api/jobs/{a}"), Seen::One(json!({"id": a, "title": "Canilla"})));
        seen.note(
            2,
            "events",
            Seen::Some(vec![json!({"job": b, "kind": "x"}), json!({"job": a, "kind": "y"})]),
        );
        if extra {
            seen.note(3, "GET /api/customers", Seen::One(json!({"items": [{"id": b}]})));
        }
        seen
    }

    #[test]
    fn the_same_but_for_names() {
        let (one, two) = (world([1, 2], true), world([9, 8], true));
        assert_eq!(one.difference(&two, NOW), None);
    }

    /// Another order of what has no order is the same; another fact is not, and is found at its step.
    #[test]
    fn order_and_facts() {
        let mut two = world([1, 2], true);
        if let Some(Line { seen: Seen::Some(values), .. }) = two.0.get_mut(1) {
            values.reverse();
        }
        assert_eq!(world([3, 4], true).difference(&two, NOW), None);
        two.note(4, "GET /x", Seen::One(json!(1)));
        let mut one = world([3, 4], true);
        one.note(4, "GET /x", Seen::One(json!(2)));
        let found = one.difference(&two, NOW).unwrap();
        assert_eq!((found.step, found.one.as_str(), found.other.as_str()), (4, "2", "1"));
    }

    #[test]
    fn a_row_more_and_a_line_less() {
        let (mut one, two) = (world([1, 2], false), world([1, 2], true));
        assert_eq!(one.difference(&two, NOW).unwrap().step, 3);
        one.note(
            3,
            "GET /api/customers",
            Seen::One(json!({"items": [{"id": Uuid::from_u128(2)}, {"id": Uuid::from_u128(5)}]})),
        );
        assert!(one.difference(&two, NOW).unwrap().one.contains("#3"));
    }
}
