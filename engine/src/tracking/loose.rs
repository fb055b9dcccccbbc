//! A JSON value of any kind, read without ever failing on its type.

use super::fix::Activity;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Any JSON value, as far as a point can use it.
#[derive(Clone, Copy)]
pub(super) enum Loose {
    Whole(i64),
    Number(f64),
    Flag(bool),
    Activity(Activity),
    Useless,
}

impl Loose {
    /// A whole number; `1.76e12` is one.
    pub(super) fn whole(self) -> Option<i64> {
        match self {
            Self::Whole(n) => Some(n),
            // 1.76e12 is written so by some clients; 2^53 bounds what a float holds exactly.
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => Some(n as i64),
            _ => None,
        }
    }

    /// A number.
    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Whole(n) => Some(n as f64),
            Self::Number(n) => Some(n),
            _ => None,
        }
    }

    /// A truth value.
    pub(super) fn flag(self) -> Option<bool> {
        if let Self::Flag(on) = self { Some(on) } else { None }
    }

    /// An activity by its name.
    pub(super) fn activity(self) -> Option<Activity> {
        if let Self::Activity(activity) = self { Some(activity) } else { None }
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_bool<E>(self, on: bool) -> Result<Loose, E> {
        Ok(Loose::Flag(on))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Loose, E> {
        Ok(Loose::Whole(n))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Loose, E> {
        Ok(i64::try_from(n).map_or(Loose::Number(n as f64), Loose::Whole))
    }
    fn visit_f64<E>(self, n: f64) -> Result<Loose, E> {
        Ok(Loose::Number(n))
    }
    fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
        Ok(match text {
            "still" => Loose::Activity(Activity::Still),
            "walking" => Loose::Activity(Activity::Walking),
            "in_vehicle" => Loose::Activity(Activity::InVehicle),
            "on_bicycle" => Loose::Activity(Activity::OnBicycle),
            _ => Loose::Useless,
        })
    }
    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::Useless)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Useless)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Useless)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(LooseVisitor)
    }
}
