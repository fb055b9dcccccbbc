//! What kind of road a piece is, as far as speed and priority go.

/// Kinds of road, the most important first. Links of motorways and trunk roads are [`Class::Ramp`]; those of lesser roads
/// count as the road that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// `motorway`: autopista.
    Motorway,
    /// `trunk`: ruta nacional, autovía.
    Trunk,
    /// `motorway_link`, `trunk_link`: bajada, subida.
    Ramp,
    /// `primary`: avenida principal, ruta provincial.
    Primary,
    /// `secondary`: avenida.
    Secondary,
    /// `tertiary`: calle colectora of a neighbourhood.
    Tertiary,
    /// `unclassified`, `road`.
    Unclassified,
    /// `residential`: calle.
    Residential,
    /// `living_street`, and pedestrian streets that admit cars.
    Living,
    /// `service`: drives, alleys, parking aisles.
    Service,
    /// `track`, and paths that admit a vehicle.
    Track,
    /// `route=ferry` that takes vehicles: balsa.
    Ferry,
}

impl Class {
    /// How many there are: the length of tables by class.
    pub const COUNT: usize = Class::Ferry as usize + 1;

    /// All, in order.
    pub const ALL: [Class; Class::COUNT] = [
        Class::Motorway,
        Class::Trunk,
        Class::Ramp,
        Class::Primary,
        Class::Secondary,
        Class::Tertiary,
        Class::Unclassified,
        Class::Residential,
        Class::Living,
        Class::Service,
        Class::Track,
        Class::Ferry,
    ];

    /// A class by its number; what is no number of one is the least of roads.
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Class::Track)
    }

    /// Speed without traffic where nothing else is known, km/h: what one drives, not what is allowed.
    pub fn default_kmh(self) -> f32 {
        match self {
            Class::Motorway => 95.0,
            Class::Trunk => 80.0,
            Class::Ramp => 48.0,
            Class::Primary => 58.0,
            Class::Secondary => 50.0,
            Class::Tertiary => 40.0,
            Class::Unclassified => 30.0,
            Class::Residential => 26.0,
            Class::Living => 12.0,
            Class::Service => 14.0,
            Class::Track => 12.0,
            Class::Ferry => 10.0,
        }
    }
}
