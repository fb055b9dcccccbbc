//! What is decided, in memory: asked at every message, read again when one number in SQL is another.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::capability::Capability;
use super::rules::{Mode, Stands};
use crate::ids::{OrgId, UserId};
use crate::providers::Service;

/// A decision about a service with everything that people want to know of it.
#[derive(Debug, Clone)]
pub(super) struct Decided {
    pub(super) stands: Stands,
    pub(super) reason: String,
    /// The person; none where it was measured, or decided by the operator.
    pub(super) by: Option<UserId>,
}

/// A capability that somebody switched off.
#[derive(Debug, Clone)]
pub(super) struct Off {
    pub(super) reason: String,
    pub(super) by: Option<UserId>,
    pub(super) since: DateTime<Utc>,
}

/// All decisions of an installation. `None` in a key is the installation itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Board {
    pub(super) version: i64,
    pub(super) modes: HashMap<(Option<OrgId>, Service), Decided>,
    pub(super) off: HashMap<(Option<OrgId>, Capability), Off>,
}

impl Board {
    /// The worse of what holds for all and for the organization.
    pub(super) fn mode(&self, org: Option<OrgId>, service: Service) -> Mode {
        let of = |whose| self.modes.get(&(whose, service)).map_or(Mode::Ok, |d| d.stands.mode);
        let all = of(None);
        org.map_or(all, |org| all.max(of(Some(org))))
    }

    /// Whether nobody switched it off, for all or for the organization.
    pub(super) fn allows(&self, org: Option<OrgId>, capability: Capability) -> bool {
        let is_off = |whose| self.off.contains_key(&(whose, capability));
        !is_off(None) && !org.is_some_and(|org| is_off(Some(org)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::Cause;
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn decided(mode: Mode) -> Decided {
        let stands = Stands { mode, cause: Cause::Person, since: Utc::now(), held_at: Utc::now() };
        Decided { stands, reason: "porque sí y basta".into(), by: None }
    }

    proptest! {
        /// An organization never has more than the installation, and never less by another organization's doing.
        #[test]
        fn an_organization_can_only_take_away(all in 0..3usize, own in 0..3usize, off_all: bool, off_own: bool) {
            let modes = [Mode::Ok, Mode::Degraded, Mode::Panic];
            let org = |n| Some(OrgId(Uuid::from_u128(n)));
            let mut board = Board::default();
            board.modes.insert((None, Service::WhatsApp), decided(modes[all]));
            board.modes.insert((org(1), Service::WhatsApp), decided(modes[own]));
            let off = || Off { reason: "porque sí y basta".into(), by: None, since: Utc::now() };
            if off_all { board.off.insert((None, Capability::WhatsApp), off()); }
            if off_own { board.off.insert((org(1), Capability::WhatsApp), off()); }
            prop_assert_eq!(board.mode(org(1), Service::WhatsApp), modes[all.max(own)]);
            prop_assert_eq!(board.mode(org(2), Service::WhatsApp), modes[all]);
            prop_assert_eq!(board.mode(org(1), Service::Twilio), Mode::Ok);
            prop_assert_eq!(board.allows(org(1), Capability::WhatsApp), !off_all && !off_own);
            prop_assert_eq!(board.allows(org(2), Capability::WhatsApp), !off_all);
            prop_assert_eq!(board.allows(None, Capability::WhatsApp), !off_all);
        }
    }
}
