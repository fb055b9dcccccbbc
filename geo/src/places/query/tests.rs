//! Addresses as they come in, and what they must be able to mean.

use super::*;
use proptest::prelude::*;

/// `name|number|corner/corner|context` of every reading.
fn shapes(query: &str) -> Vec<String> {
    let text = |words: &[Word]| words.iter().map(|w| w.canonical.as_str()).collect::<Vec<_>>().join(" ");
    readings(query)
        .iter()
        .map(|r| {
            let corners = r.corners.iter().map(|c| text(c)).collect::<Vec<_>>().join("/");
            let number = r.number.map_or(String::new(), |n| n.to_string());
            format!("{}|{number}|{corners}|{}", text(&r.name), text(&r.context))
        })
        .collect()
}

#[test]
fn addresses_are_read_as_argentines_write_them() {
    for (query, meant) in [
        ("Av. Rivadavia 4502", "avenida rivadavia|4502||"),
        ("av rivadavia 4502, Caballito", "avenida rivadavia|4502||caballito"),
        ("Av. Rivadavia 4502, Caballito, CABA", "avenida rivadavia|4502||caballito buenos aires"),
        ("Rivadavia 4502 Capital Federal", "rivadavia|4502||buenos aires"),
        ("calle 50 nro 1234", "calle 50|1234||"),
        ("Calle 13 n° 845", "calle 13|845||"),
        ("calle 13 Nº845", "calle 13|845||"),
        ("Calle 13 845", "calle 13|845||"),
        ("Calle 13", "calle 13|||"),
        ("9 de Julio", "9 de julio|||"),
        ("9 de Julio 1200", "9 de julio|1200||"),
        ("Av. 9 de Julio al 1200", "avenida 9 de julio|1200||"),
        ("25 de Mayo y 9 de Julio", "25 de mayo||9 de julio|"),
        ("Rivadavia y Medrano", "rivadavia||medrano|"),
        ("esquina Rivadavia y Medrano", "rivadavia||medrano|"),
        ("Rivadavia esq. Medrano", "rivadavia||medrano|"),
        ("Rivadavia y esquina Medrano, Almagro", "rivadavia||medrano|almagro"),
        ("Rivadavia e/ Medrano y Acuña", "rivadavia||medrano/acuna|"),
        ("Rivadavia 4502, entre Medrano y Acuña", "rivadavia|4502|medrano/acuna|"),
        ("calle 50 e/7 y 8", "calle 50||7/8|"),
        ("Bv. Oroño 1200 Rosario", "bulevar orono|1200||rosario"),
        ("Rosario, Bv. Oroño 1200", "bulevar orono|1200||rosario"),
        ("Rivadavia, 4502", "rivadavia|4502||"),
        ("Rivadavia 4502 Piso 3 Depto B", "rivadavia|4502||"),
        ("Rivadavia 4502 3° B, C1406 CABA", "rivadavia|4502||buenos aires"),
        ("Rivadavia 4502 PB \"A\"", "rivadavia|4502||"),
        ("San Martín S/N", "san martin|||"),
        ("San Martín s/n, B1900 La Plata", "san martin||| plata"),
        ("Rivadavia 4502/10", "rivadavia|4502||"),
        ("Rivadavia 312A", "rivadavia|312||"),
        ("Gral. Paz 100", "general paz|100||"),
        ("Rua de Santa Catarina 312", "rua de santa catarina|312||"),
        ("Rua de Santa Catarina, 312, 4000-450 Porto", "rua de santa catarina|312||porto"),
        ("Treinta y Tres Orientales", "30 y 3 orientales|||"),
        ("Entre Ríos 1200", "entre rios|1200||"),
        ("Entre Ríos y Belgrano", "entre rios||belgrano|"),
        ("Rua de Entre-Muros", "rua de entre muros|||"),
        ("1200 Rivadavia", "rivadavia|1200||"),
        ("San Martín 100, Godoy Cruz, Pcia. de Mendoza, Argentina", "san martin|100||godoy cruz mendoza"),
    ] {
        let meant = meant.replace("| plata", "|plata");
        assert!(shapes(query).contains(&meant), "{query}: {:?}", shapes(query));
    }
}

#[test]
fn the_likeliest_reading_comes_first() {
    assert_eq!(shapes("Calle 13 845").first().unwrap(), "calle 13|845||");
    assert_eq!(shapes("9 de Julio").first().unwrap(), "9 de julio|||");
    assert!(readings("").is_empty() && readings(" ,;. ").is_empty());
}

#[test]
fn only_the_last_word_is_growing() {
    let partial = |query: &str| -> Vec<String> {
        let first = readings(query).into_iter().next().unwrap();
        let all = first.name.into_iter().chain(first.corners.into_iter().flatten()).chain(first.context);
        all.filter(|w| w.is_partial).map(|w| w.raw).collect()
    };
    assert_eq!(partial("avenida riva"), ["riva"]);
    assert!(partial("avenida rivadavia ").is_empty());
    assert!(partial("avenida rivadavia 100").is_empty());
    assert_eq!(partial("rivadavia 100 caba"), ["aires"; 0]);
}

proptest! {
    /// Whatever is typed, reading ends, stays bounded and keeps numbers in range.
    #[test]
    fn any_text_is_read(query in "\\PC{0,80}") {
        let found = readings(&query);
        prop_assert!(found.len() <= READINGS);
        prop_assert!(found.iter().all(|r| r.number.is_none_or(|n| n > 0 && n < 1_000_000)));
    }

    /// So is text made of what addresses are made of.
    #[test]
    fn any_address_is_read(parts in prop::collection::vec(
        prop::sample::select(vec!["y", "e/", "entre", "esq", ",", "12", "n°", "de", "av", "s/n", "piso", "Ñ", "&", "#"]), 0..14)) {
        let found = readings(&parts.join(" "));
        prop_assert!(found.len() <= READINGS);
        prop_assert!(found.iter().all(|r| !r.name.is_empty() && r.corners.iter().all(|c| !c.is_empty())));
    }
}
