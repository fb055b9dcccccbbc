//! Who may go: the values of `access` and of its more particular keys.

/// What a value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// Nothing that is understood.
    Unsaid,
    /// Closed.
    No,
    /// For those who have business there.
    Restricted,
    /// Open.
    Yes,
}

/// The first key that says something, the most particular first.
pub(super) fn first<'a>(values: impl Iterator<Item = Option<&'a str>>) -> Access {
    values.flatten().map(value).find(|v| *v != Access::Unsaid).unwrap_or(Access::Unsaid)
}

/// A value; of several (`agricultural;destination`) the most open holds.
fn value(text: &str) -> Access {
    text.split(';').map(|part| one(part.trim())).max().unwrap_or(Access::Unsaid)
}

fn one(text: &str) -> Access {
    match text {
        "yes" | "permissive" | "designated" | "official" | "public" | "discouraged" | "true" | "1" => {
            Access::Yes
        }
        "destination" | "private" | "customers" | "delivery" | "permit" | "residents" | "employees"
        | "visitors" => Access::Restricted,
        "no" | "agricultural" | "forestry" | "emergency" | "military" | "psv" | "bus" | "taxi" | "hgv"
        | "foot" | "bicycle" | "dismount" | "restricted" | "false" | "0" | "hov" => Access::No,
        _ => Access::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_particular_key_that_is_understood_holds() {
        assert_eq!(first([Some("yes"), None, Some("no")].into_iter()), Access::Yes);
        assert_eq!(first([Some("perhaps"), Some("private")].into_iter()), Access::Restricted);
        assert_eq!(first([Some("agricultural;destination")].into_iter()), Access::Restricted);
        assert_eq!(first([None, None].into_iter()), Access::Unsaid);
    }
}
