//! Who may become what: pure (functional.md section 1).

use crate::auth::role::Role;

/// Why a change of a person is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody promotes anyone to owner.
    Promotion,
    /// Nobody changes the own role or deactivates themselves.
    Own,
    /// An organization keeps one active owner.
    LastOwner,
}

/// What a change would make of a person.
#[derive(Debug, Clone, Copy)]
pub struct Change {
    /// Whether the actor changes themselves.
    pub is_own: bool,
    /// The role now, and after.
    pub role: (Role, Role),
    /// Whether they are active now, and after.
    pub is_active: (bool, bool),
    /// Active owners of the organization now.
    pub owners: usize,
}

/// Whether a change is allowed.
pub fn check(change: Change) -> Result<(), Refusal> {
    let (from, to) = change.role;
    let loses = from != to || (change.is_active.0 && !change.is_active.1);
    if change.is_own && loses {
        Err(Refusal::Own)
    } else if to == Role::Owner && from != Role::Owner {
        Err(Refusal::Promotion)
    } else if from == Role::Owner && change.is_active.0 && loses && change.owners <= 1 {
        Err(Refusal::LastOwner)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ROLES: [Role; 5] = [Role::Owner, Role::Admin, Role::Dispatcher, Role::Technician, Role::Accountant];

    proptest! {
        /// No allowed change makes an owner, leaves none, or touches the actor's own role.
        #[test]
        fn owners_stay(is_own: bool, from in 0..5usize, to in 0..5usize, was: bool, is: bool, others in 0..3usize) {
            let (from, to) = (ROLES[from], ROLES[to]);
            let counted = usize::from(from == Role::Owner && was);
            let change = Change { is_own, role: (from, to), is_active: (was, is), owners: others + counted };
            if check(change).is_ok() {
                let after = others + usize::from(to == Role::Owner && is);
                prop_assert!(to != Role::Owner || from == Role::Owner);
                prop_assert!(!is_own || from == to);
                prop_assert!(after > 0 || others + counted == 0);
            }
        }

        /// A change that changes nothing is always allowed.
        #[test]
        fn nothing_is_allowed(is_own: bool, role in 0..5usize, active: bool, owners in 0..3usize) {
            let change = Change { is_own, role: (ROLES[role], ROLES[role]), is_active: (active, active), owners };
            prop_assert_eq!(check(change), Ok(()));
        }
    }
}
