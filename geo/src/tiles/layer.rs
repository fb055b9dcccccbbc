//! The layers of a tile with their classes: what `docs/map.md` promises.

use serde_json::{Value, json};

/// A layer, in the order in which tiles have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Layer {
    /// Sea, lakes, rivers with two banks.
    Water,
    /// Rivers and streams as lines.
    Waterways,
    /// Parks, woods, built-up ground.
    Landuse,
    /// Houses.
    Buildings,
    /// Everything that is driven or walked on.
    Roads,
    /// Tracks.
    Railways,
    /// Borders of countries and what they are made of.
    Boundaries,
    /// Cities and their parts.
    Places,
    /// Where a street's name is to be written.
    StreetLabels,
    /// Whole streets.
    StreetNames,
    /// Where a road's number is to be written.
    RoadShields,
    /// Where a water's name is to be written.
    WaterLabels,
    /// What people look for.
    Pois,
    /// Numbers of houses.
    Housenumbers,
}

/// What a layer's features are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One point.
    Point,
    /// Lines.
    Line,
    /// Areas.
    Area,
}

use Layer::{
    Boundaries, Buildings, Housenumbers, Landuse, Places, Pois, Railways, RoadShields, Roads, StreetLabels,
    StreetNames, Water, WaterLabels, Waterways,
};

/// All of them.
pub const ALL: [Layer; 14] = [
    Water,
    Waterways,
    Landuse,
    Buildings,
    Roads,
    Railways,
    Boundaries,
    Places,
    StreetLabels,
    StreetNames,
    RoadShields,
    WaterLabels,
    Pois,
    Housenumbers,
];

/// `class` of [`Water`] and [`WaterLabels`].
pub const WATERS: &[&str] = &["ocean", "lake", "river", "reservoir", "basin", "dock", "pool"];
/// `class` of [`Waterways`].
pub const WATERWAYS: &[&str] = &["river", "canal", "stream", "ditch"];
/// `class` of [`Roads`]; the place is its `rank`.
pub const ROADS: &[&str] = &[
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "minor",
    "pedestrian",
    "service",
    "track",
    "path",
    "ferry",
    "runway",
    "taxiway",
];
/// `class` of [`Railways`].
pub const RAILWAYS: &[&str] = &["rail", "light_rail", "subway", "tram", "disused"];
/// `class` of [`Landuse`].
pub const LANDUSES: &[&str] = &[
    "residential",
    "commercial",
    "retail",
    "industrial",
    "railway",
    "military",
    "quarry",
    "wood",
    "grass",
    "park",
    "garden",
    "reserve",
    "cemetery",
    "farmland",
    "wetland",
    "sand",
    "rock",
    "glacier",
    "pitch",
    "golf",
    "playground",
    "school",
    "hospital",
    "airport",
    "parking",
    "square",
    "pier",
];
/// `class` of [`Places`].
pub const PLACES: &[&str] = &["city", "town", "village", "suburb", "neighbourhood", "hamlet"];
/// `class` of [`Pois`].
pub const POIS: &[&str] = &[
    "airport",
    "island",
    "peak",
    "station",
    "hospital",
    "university",
    "stadium",
    "bus_station",
    "mall",
    "park",
    "subway_station",
    "townhall",
    "museum",
    "theatre",
    "police",
    "fire_station",
    "cemetery",
    "clinic",
    "school",
    "library",
    "monument",
    "supermarket",
    "place_of_worship",
    "fuel",
    "pharmacy",
    "hardware",
    "bank",
    "post_office",
    "hotel",
    "viewpoint",
];

impl Layer {
    /// Its name in tiles.
    pub fn name(self) -> &'static str {
        match self {
            Water => "water",
            Waterways => "waterways",
            Landuse => "landuse",
            Buildings => "buildings",
            Roads => "roads",
            Railways => "railways",
            Boundaries => "boundaries",
            Places => "places",
            StreetLabels => "street_labels",
            StreetNames => "street_names",
            RoadShields => "road_shields",
            WaterLabels => "water_labels",
            Pois => "pois",
            Housenumbers => "housenumbers",
        }
    }

    /// What its features are.
    pub fn form(self) -> Form {
        match self {
            Water | Landuse | Buildings => Form::Area,
            Waterways | Roads | Railways | Boundaries | StreetLabels | StreetNames => Form::Line,
            Places | RoadShields | WaterLabels | Pois | Housenumbers => Form::Point,
        }
    }

    /// The values of `class`, by place.
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Water | WaterLabels => WATERS,
            Waterways => WATERWAYS,
            Landuse => LANDUSES,
            Roads | StreetLabels | StreetNames | RoadShields => ROADS,
            Railways => RAILWAYS,
            Places => PLACES,
            Pois => POIS,
            Buildings | Boundaries | Housenumbers => &[],
        }
    }

    /// The place of a class by its name.
    pub fn class(self, name: &str) -> u8 {
        self.classes().iter().position(|c| *c == name).unwrap_or(0) as u8
    }

    fn fields(self) -> Value {
        match self {
            Water => json!({"class": "String"}),
            Landuse => json!({"class": "String"}),
            Waterways => json!({"class": "String", "name": "String", "tunnel": "Number"}),
            Buildings => json!({"height": "Number"}),
            Roads => json!({
                "class": "String", "rank": "Number", "link": "Number", "bridge": "Number", "tunnel": "Number",
                "unpaved": "Number", "toll": "Number", "service": "String", "oneway": "Number",
                "name": "String", "ref": "String", "layer": "Number",
            }),
            Railways => {
                json!({"class": "String", "bridge": "Number", "tunnel": "Number", "service": "Number"})
            }
            Boundaries => json!({"admin_level": "Number", "maritime": "Number"}),
            Places => json!({
                "class": "String", "name": "String", "rank": "Number", "population": "Number",
                "capital": "Number",
            }),
            StreetLabels | StreetNames => {
                json!({"class": "String", "name": "String", "rank": "Number", "length_m": "Number"})
            }
            RoadShields => json!({
                "class": "String", "ref": "String", "rank": "Number", "length": "Number", "network": "String",
            }),
            WaterLabels | Pois => json!({"class": "String", "name": "String", "rank": "Number"}),
            Housenumbers => json!({"number": "String"}),
        }
    }

    fn zooms(self) -> (u8, u8) {
        let first = match self {
            Water | Boundaries | Places => 0,
            Roads => 4,
            Landuse | RoadShields | WaterLabels => 6,
            Waterways | Railways => 8,
            StreetLabels => 10,
            Pois => 12,
            Buildings => 13,
            StreetNames | Housenumbers => 14,
        };
        (first, super::world::LAST)
    }
}

/// The description that stands in the file.
pub fn description(skipped: &super::scene::Skipped) -> Value {
    let layers: Vec<Value> = ALL
        .iter()
        .map(|layer| {
            let (minzoom, maxzoom) = layer.zooms();
            json!({"id": layer.name(), "fields": layer.fields(), "minzoom": minzoom, "maxzoom": maxzoom})
        })
        .collect();
    json!({
        "name": "CampoTech",
        "format": "pbf",
        "type": "baselayer",
        "attribution": super::ATTRIBUTION,
        "vector_layers": layers,
        "skipped": {"relations": skipped.relations, "coasts": skipped.coasts, "areas": skipped.areas},
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The style is written from that document: what it does not name would never be drawn.
    #[test]
    fn the_document_names_every_layer_and_class() {
        let document = include_str!("../../../docs/map.md");
        for layer in ALL {
            assert!(document.contains(&format!("| `{}` |", layer.name())), "{layer:?}");
            for class in layer.classes() {
                assert!(document.contains(&format!("`{class}`")), "{layer:?} {class}");
            }
        }
    }
}
