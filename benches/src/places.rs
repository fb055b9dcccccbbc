//! `campo-bench places`: building the index of streets and places, and searching it, beside reading every name.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

use campo_geo::osm::Extract;
use campo_geo::places::{self, Places};
use clap::Args as ClapArgs;
use hdrhistogram::Histogram;

use crate::error::{Outcome, Trouble};
use crate::{proc, say};

/// What to do.
#[derive(Debug, Clone, ClapArgs)]
pub struct Args {
    /// The extract
    #[arg(long)]
    pub pbf: PathBuf,
    /// At most so many street names are asked for, each in five forms
    #[arg(long, default_value_t = 1000)]
    pub streets: usize,
}

/// A search may take this long, milliseconds.
const BOUND_MS: f64 = 5.0;

/// The command: true where the slowest kind of search stays within its bound at p99 and below the floor.
pub fn run(args: &Args) -> Outcome<bool> {
    let told = |e: campo_geo::map::MapError| Trouble::new(e.to_string());
    let begun = Instant::now();
    let extract = Extract::read(&args.pbf, &mut |_, _| {}).map_err(|e| Trouble::new(e.to_string()))?;
    let read_ms = ms(begun);
    let file = std::env::temp_dir().join(format!("campo-bench-places-{}", std::process::id()));
    let begun = Instant::now();
    let count = places::build(&extract, &file, &mut |_, _| {}).map_err(told)?;
    let build_ms = ms(begun);
    let bytes = std::fs::metadata(&file)?.len();
    say!(
        "places   {count} streets, places and numbers indexed in {build_ms:.0} ms ({:.2} x reading the extract, {read_ms:.0} ms), \
         {:.1} MB; load average {:.1}",
        build_ms / read_ms.max(1e-9),
        bytes as f64 / 1e6,
        proc::load_average()
    );
    let begun = Instant::now();
    let index = Places::open(&file).map_err(told)?;
    say!("         opened and checked in {:.1} ms", ms(begun));
    std::fs::remove_file(&file)?;
    let names = names(&extract);
    if names.is_empty() {
        return Err(Trouble::new("the extract has no named streets"));
    }
    let floor = floor(&names, args.streets)?;
    let mut is_good = true;
    for (form, query) in FORMS {
        let (times, found) = measure(&index, &names, args.streets, query)?;
        say_times(&format!("{form} ({found:.1} % answered)"), &times);
        is_good &= times.value_at_quantile(0.99) as f64 / 1e6 <= BOUND_MS;
    }
    say_times("floor: every name read, none understood", &floor);
    Ok(is_good)
}

type Form = fn(&[String], usize) -> String;

/// The forms that are asked: by the names and a place among them.
const FORMS: [(&str, Form); 5] = [
    ("name", |names, i| name(names, i).to_owned()),
    ("number", |names, i| format!("{} {}", name(names, i), 100 + i)),
    ("corner", |names, i| format!("{} y {}", name(names, i), name(names, i + 1))),
    ("half typed", |names, i| name(names, i).chars().take(name(names, i).chars().count() / 2 + 1).collect()),
    ("mistyped", |names, i| mistyped(name(names, i))),
];

fn name(names: &[String], i: usize) -> &str {
    names.get(i % names.len().max(1)).map_or("", String::as_str)
}

/// The longest word with its third letter exchanged.
fn mistyped(name: &str) -> String {
    let longest = name.split(' ').max_by_key(|w| w.chars().count()).unwrap_or(name);
    let wrong: String = longest.chars().enumerate().map(|(i, c)| if i == 3 { 'x' } else { c }).collect();
    name.replacen(longest, &wrong, 1)
}

/// Names of streets, each once, in an order that says nothing.
fn names(extract: &Extract) -> Vec<String> {
    let streets = extract.ways().filter(|w| w.tags.has("highway")).filter_map(|w| w.tags.get("name"));
    let mut names: Vec<String> = streets.map(str::to_owned).collect();
    names.sort_unstable();
    names.dedup();
    // A step that shares no divisor with their number visits each once.
    let count = names.len();
    let step = (count * 5 / 8..).find(|s| gcd(*s, count) == 1).unwrap_or(1);
    (0..count).filter_map(|i| names.get(i * step % count).cloned()).collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

fn measure(index: &Places, names: &[String], most: usize, form: Form) -> Outcome<(Histogram<u64>, f64)> {
    let mut times = histogram()?;
    let count = names.len().min(most);
    let mut answered = 0;
    for i in 0..count {
        let query = form(names, i);
        let begun = Instant::now();
        let found = black_box(index.search(black_box(&query), None, 8));
        times.saturating_record(begun.elapsed().as_nanos() as u64);
        answered += usize::from(!found.is_empty());
    }
    Ok((times, 100.0 * answered as f64 / count.max(1) as f64))
}

/// What a search without an index does at the least: every name in small letters, looked at for the text.
fn floor(names: &[String], most: usize) -> Outcome<Histogram<u64>> {
    let mut times = histogram()?;
    for query in names.iter().take(most.min(200)) {
        let begun = Instant::now();
        let query = black_box(query).to_lowercase();
        black_box(names.iter().filter(|n| n.to_lowercase().contains(&query)).count());
        times.saturating_record(begun.elapsed().as_nanos() as u64);
    }
    Ok(times)
}

fn histogram() -> Outcome<Histogram<u64>> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).map_err(|e| Trouble::new(e.to_string()))
}

fn say_times(what: &str, times: &Histogram<u64>) {
    let us = |q: f64| times.value_at_quantile(q) as f64 / 1e3;
    say!("         {what}: p50 {:.0} us, p99 {:.0} us, max {:.0} us", us(0.5), us(0.99), us(1.0));
}

fn ms(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}
