//! Who asks: a person with a role in an organization, and what that means for rows of others.

use crate::auth::role::Role;
use crate::error::{Error, Result};
use crate::event::By;
use crate::ids::UserId;

/// A person with a role in the organization of the present transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// Who.
    pub user: UserId,
    /// What they are.
    pub role: Role,
}

impl Asker {
    /// As history and events name them.
    pub fn by(self) -> By {
        if self.role == Role::Technician { By::technician(self.user) } else { By::staff(self.user) }
    }

    /// Only the office goes on.
    pub fn office(self) -> Result<()> {
        if self.role.is_staff() { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// Whose jobs are visible: everyone's to the office (`None`), one's own to a technician, none to accountants.
    pub fn jobs_of(self) -> Result<Option<UserId>> {
        match self.role {
            Role::Owner | Role::Admin | Role::Dispatcher => Ok(None),
            Role::Technician => Ok(Some(self.user)),
            Role::Accountant => Err(Error::Forbidden),
        }
    }
}
