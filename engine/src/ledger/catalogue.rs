//! What can stand in the audit log: a fixed catalogue, with words for people.

use std::str::FromStr;

macro_rules! catalogue {
    ($($variant:ident = $name:literal, $weight:ident: $es:literal / $en:literal;)+) => {
        /// Something that was done or looked at. Names stay for ever: they are hashed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $(#[doc = $en] $variant,)+
        }

        impl Action {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name, as `customer.merged`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it is, in Spanish.
            pub fn es(self) -> &'static str {
                match self { $(Self::$variant => $es,)+ }
            }

            /// What it is, in English.
            pub fn en(self) -> &'static str {
                match self { $(Self::$variant => $en,)+ }
            }

            /// How much it weighs.
            pub fn weight(self) -> Weight {
                match self { $(Self::$variant => Weight::$weight,)+ }
            }
        }
    };
}

/// Whether an organization may do without an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Access, rights, secrets, personal data: it is written whatever is switched off.
    Security,
    /// Everyday work, which the organization's events have too: not while `audit_logging` is off.
    Work,
}

catalogue! {
    // Signing in.
    LoggedIn = "auth.logged_in", Security: "Ingresó" / "Signed in";
    LoginRefused = "auth.login_refused", Security: "Ingreso rechazado" / "Sign-in refused";
    LoggedOut = "auth.logged_out", Security: "Salió" / "Signed out";
    SessionEnded = "auth.session_ended", Security: "Sesión cerrada" / "Session ended";
    SessionsEnded = "auth.sessions_ended", Security: "Todas las sesiones cerradas" / "All sessions ended";
    TokenReused = "auth.token_reused", Security: "Credencial usada dos veces: sesión cerrada" / "A refresh token was used again: session ended";
    OrganizationSwitched = "auth.organization_switched", Security: "Cambió de organización" / "Switched organization";
    LockedOut = "auth.locked_out", Security: "Ingreso bloqueado" / "Locked out";
    SecondFactorEnrolled = "auth.second_factor_enrolled", Security: "Segundo factor activado" / "Second factor enrolled";
    SecondFactorRemoved = "auth.second_factor_removed", Security: "Segundo factor quitado" / "Second factor removed";
    SecondFactorUsed = "auth.second_factor_used", Security: "Segundo factor usado" / "Second factor used";
    OwnerRecovered = "auth.owner_recovered", Security: "Acceso del dueño recuperado por el operador" / "Owner's access recovered by the operator";
    KeyRotated = "auth.key_rotated", Security: "Claves rotadas" / "Keys rotated";
    // People.
    UserInvited = "user.invited", Security: "Invitó a una persona" / "Invited a person";
    InvitationAccepted = "user.invitation_accepted", Security: "Invitación aceptada" / "Invitation accepted";
    InvitationRevoked = "user.invitation_revoked", Security: "Invitación anulada" / "Invitation revoked";
    UserCreated = "user.created", Security: "Agregó a una persona" / "Added a person";
    UserChanged = "user.changed", Security: "Cambió datos de una persona" / "Changed a person";
    RoleChanged = "user.role_changed", Security: "Cambió el rol de una persona" / "Changed a person's role";
    UserDeactivated = "user.deactivated", Security: "Desactivó a una persona" / "Deactivated a person";
    UserReactivated = "user.reactivated", Security: "Reactivó a una persona" / "Reactivated a person";
    ScheduleChanged = "user.schedule_changed", Work: "Cambió un horario de trabajo" / "Changed a work schedule";
    // The organization.
    OrganizationCreated = "organization.created", Security: "Creó la organización" / "Created the organization";
    OrganizationChanged = "organization.changed", Security: "Cambió datos de la organización" / "Changed the organization";
    TierSet = "organization.tier_set", Security: "Plan fijado por el operador" / "Tier set by the operator";
    WhatsAppConnected = "organization.whatsapp_connected", Security: "Conectó WhatsApp" / "Connected WhatsApp";
    WhatsAppDisconnected = "organization.whatsapp_disconnected", Security: "Desconectó WhatsApp" / "Disconnected WhatsApp";
    ChangeRequested = "change_request.created", Security: "Pidió cambiar un dato protegido" / "Asked to change a protected field";
    ChangeApproved = "change_request.approved", Security: "Aprobó un cambio" / "Approved a change";
    ChangeRejected = "change_request.rejected", Security: "Rechazó un cambio" / "Rejected a change";
    // Customers.
    CustomerCreated = "customer.created", Work: "Agregó un cliente" / "Added a customer";
    CustomerChanged = "customer.changed", Work: "Cambió datos de un cliente" / "Changed a customer";
    CustomerDeleted = "customer.deactivated", Work: "Borró un cliente" / "Deleted a customer";
    CustomerMerged = "customer.merged", Work: "Unió dos clientes" / "Merged customers";
    CustomerConsent = "customer.consent_changed", Security: "Cambió el permiso de mensajes de un cliente" / "Changed a customer's permission for messages";
    // Jobs.
    JobCreated = "job.created", Work: "Creó un trabajo" / "Created a job";
    JobChanged = "job.updated", Work: "Cambió un trabajo" / "Changed a job";
    JobAssigned = "job.assigned", Work: "Asignó un trabajo" / "Assigned a job";
    JobMoved = "job.status_changed", Work: "Cambió el estado de un trabajo" / "Changed a job's status";
    JobReopened = "job.reopened", Work: "Reabrió un trabajo" / "Reopened a job";
    EvidenceAdded = "job.evidence_added", Work: "Agregó una foto o firma" / "Added a photo or signature";
    // Shifts and positions.
    ShiftChanged = "shift.changed", Work: "Empezó o terminó un turno" / "Began or ended a shift";
    ShiftCorrected = "shift.corrected", Security: "Corrigió un turno" / "Corrected a shift";
    ShiftClosed = "shift.closed_by_rule", Work: "Turno cerrado por regla" / "Shift closed by rule";
    PositionsViewed = "positions.viewed", Security: "Vio la ubicación de un técnico" / "Looked at a technician's positions";
    PositionsErased = "positions.erased", Security: "Borró posiciones" / "Erased positions";
    // Running the service.
    ServiceModeSet = "service.mode_set", Security: "Cambió el modo de un servicio" / "Set a service's mode";
    CapabilitySwitched = "capability.switched", Security: "Encendió o apagó una función" / "Switched a capability";
    DeadLetterRetried = "dead_letter.retried", Security: "Reintentó una tarea fallida" / "Retried a dead task";
    DeadLetterDiscarded = "dead_letter.discarded", Security: "Descartó una tarea fallida" / "Discarded a dead task";
    WebhookCreated = "webhook.created", Security: "Agregó un webhook" / "Added a webhook";
    WebhookChanged = "webhook.changed", Security: "Cambió un webhook" / "Changed a webhook";
    WebhookDeleted = "webhook.deleted", Security: "Quitó un webhook" / "Removed a webhook";
    WebhookSecretRotated = "webhook.secret_rotated", Security: "Cambió el secreto de un webhook" / "Rotated a webhook's secret";
    DeviceAdded = "device.added", Security: "Vinculó un dispositivo" / "Added a device";
    DeviceRevoked = "device.revoked", Security: "Revocó un dispositivo" / "Revoked a device";
    VoiceSettings = "voice.settings_changed", Security: "Cambió los ajustes de voz" / "Changed voice settings";
    // Personal data.
    ConsentGiven = "privacy.consent_given", Security: "Dio un consentimiento" / "Gave consent";
    ConsentWithdrawn = "privacy.consent_withdrawn", Security: "Retiró un consentimiento" / "Withdrew consent";
    ExportRequested = "privacy.export_requested", Security: "Pidió una copia de datos personales" / "Asked for a copy of personal data";
    ExportDownloaded = "privacy.export_downloaded", Security: "Descargó una copia de datos personales" / "Downloaded a copy of personal data";
    RectificationRequested = "privacy.rectification_requested", Security: "Pidió corregir datos personales" / "Asked for rectification of personal data";
    PrivacyRequestRefused = "privacy.request_refused", Security: "Rechazó un pedido sobre datos personales" / "Refused a request about personal data";
    Rectified = "privacy.rectified", Security: "Corrigió datos personales" / "Rectified personal data";
    ErasureRequested = "privacy.erasure_requested", Security: "Pidió borrar datos personales" / "Asked for erasure of personal data";
    ErasureConfirmed = "privacy.erasure_confirmed", Security: "Confirmó el borrado de datos personales" / "Confirmed erasure of personal data";
    ErasureCancelled = "privacy.erasure_cancelled", Security: "Canceló el borrado de datos personales" / "Cancelled erasure of personal data";
    Erased = "privacy.erased", Security: "Borró datos personales" / "Erased personal data";
    RestrictedRead = "privacy.restricted_read", Security: "Vio un dato restringido" / "Looked at a restricted field";
    RestrictedChanged = "privacy.restricted_changed", Security: "Cambió un dato restringido" / "Changed a restricted field";
    // Keys and the log itself.
    DataKeyRotated = "vault.data_key_rotated", Security: "Rotó la clave de datos" / "Rotated the data key";
    DataKeyDestroyed = "vault.data_key_destroyed", Security: "Destruyó la clave de datos" / "Destroyed the data key";
    AuditExported = "audit.exported", Security: "Exportó la auditoría" / "Exported the audit log";
    AuditVerified = "audit.verified", Security: "Verificó la auditoría" / "Verified the audit log";
    BackupRestored = "backup.restored", Security: "Restauró una copia de seguridad" / "Restored a backup";
}

impl FromStr for Action {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|a| a.as_str() == name);
        found.copied().ok_or_else(|| format!("no such action: {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Names and words lead to one action each: nobody who reads the log has to guess.
    #[test]
    fn names_and_words_are_its_own() {
        let mut said = BTreeSet::new();
        for action in Action::ALL {
            assert_eq!(action.as_str().parse(), Ok(*action));
            assert!(said.insert(action.as_str()), "{action:?}");
            assert!(
                action
                    .as_str()
                    .split_once('.')
                    .is_some_and(|(noun, verb)| !noun.is_empty() && !verb.is_empty())
            );
            assert!(said.insert(action.es()) && said.insert(action.en()), "{action:?}");
        }
        assert!("customer.merged ".parse::<Action>().is_err());
    }
}
