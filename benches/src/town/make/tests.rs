use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::town::graph::Graph;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every seed and size gives a town where one can drive from anywhere to anywhere, all streets have names,
    /// the railway is crossed in few places, and the same seed gives the same town.
    #[test]
    fn every_town_is_whole(seed in any::<u64>(), blocks in 8usize..=36) {
        let made = town(seed, blocks);
        prop_assert_eq!(&made, &town(seed, blocks));
        let streets: Vec<&Way> = made.ways.iter().filter(|w| w.tag("highway").is_some()).collect();
        prop_assert!(streets.iter().all(|w| w.tag("name").is_some_and(|n| !n.is_empty())));
        let on_streets: HashSet<usize> = streets.iter().flat_map(|w| w.nodes.iter().copied()).collect();
        let graph = Graph::new(&made);
        for (name, reached) in [("forward", graph.reachable(0, false)), ("backward", graph.reachable(0, true))] {
            prop_assert_eq!(reached.len(), on_streets.len(), "{} from one corner", name);
        }
        let crossings = made.nodes.iter().filter(|n| n.tags.iter().any(|(_, v)| v == "level_crossing")).count();
        prop_assert!((1..=5).contains(&crossings), "{} crossings", crossings);
        let one_ways = streets.iter().filter(|w| w.tag("oneway").is_some()).count();
        prop_assert!(one_ways * 2 > streets.len());
        prop_assert!(made.houses.len() > blocks * blocks * 4);
        prop_assert!(made.houses.iter().all(|h| h.place.distance_m(CENTRE) < blocks as f64 * PITCH_M));
    }
}

#[test]
fn names_have_their_accents_and_are_not_shared() {
    let made = town(1, 36);
    let all = made.ways.iter().filter_map(|w| w.tag("name")).collect::<Vec<_>>().join(" ");
    assert!(all.contains('ñ') || all.contains('Ñ'));
    assert!(all.contains('á') || all.contains('é') || all.contains('ó'));
    // No name was used up: the stand-in appears on the diagonal alone.
    assert_eq!(made.ways.iter().filter(|w| w.tag("name") == Some(DIAGONAL)).count(), 1);
    assert_ne!(town(1, 12), town(2, 12));
}
