//! Extracts drawn by hand, for tests.

use super::extract::{Extract, Kind};

/// Nodes first, then ways, then relations; ids are their places.
#[derive(Debug, Default)]
pub(crate) struct Sketch(Extract);

impl Sketch {
    /// A node; answers its place.
    pub(crate) fn node(&mut self, lat: f64, lon: f64, tags: &[(&str, &str)]) -> u32 {
        let place = self.0.node_count() as u32;
        self.0.push_node(i64::from(place), (lat * 1e7).round() as i32, (lon * 1e7).round() as i32);
        self.0.tag_node(tags.iter().copied());
        place
    }

    /// A way over nodes; answers its place.
    pub(crate) fn way(&mut self, nodes: &[u32], tags: &[(&str, &str)]) -> u32 {
        let place = self.0.way_count() as u32;
        self.0.push_way(i64::from(place), nodes, tags.iter().copied());
        place
    }

    /// A relation.
    pub(crate) fn relation(&mut self, members: &[(Kind, &str)], tags: &[(&str, &str)]) {
        let id = self.0.relation_count() as i64;
        self.0.push_relation(id, members.iter().copied(), tags.iter().copied());
    }

    /// The extract.
    pub(crate) fn done(mut self) -> Extract {
        self.0.settle();
        self.0
    }
}

#[test]
fn a_sketch_reads_back() {
    let mut sketch = Sketch::default();
    let a = sketch.node(-34.6, -58.4, &[]);
    let b = sketch.node(-34.61, -58.4, &[("highway", "traffic_signals")]);
    let way = sketch.way(&[a, b, a], &[("highway", "residential"), ("name", "Ñandú")]);
    sketch.relation(&[(Kind::Way(way), "from"), (Kind::Node(b), "via")], &[("type", "restriction")]);
    let extract = sketch.done();
    let way = extract.way(way).unwrap();
    assert_eq!(way.nodes().collect::<Vec<_>>(), [a, b, a]);
    assert!(way.is_closed() && way.tags.is("name", "Ñandú") && way.tags.get("oneway").is_none());
    let signal = extract.tagged_nodes().next().unwrap();
    assert!(signal.node == b && signal.tags.is("highway", "traffic_signals"));
    let relation = extract.relations().next().unwrap();
    assert_eq!(relation.members().collect::<Vec<_>>(), [(Kind::Way(0), "from"), (Kind::Node(b), "via")]);
    assert!((extract.at(b).unwrap().lat() + 34.61).abs() < 1e-9);
}
