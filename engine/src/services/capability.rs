//! Capabilities: what can be switched off, for the whole installation or one organization, and what then happens
//! instead (functional.md section 9).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::tracking::window::Language;

/// What kind of thing a capability is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// A company outside.
    External,
    /// A part of the business.
    Domain,
    /// A part of the faces.
    Ui,
    /// Machinery within.
    Services,
}

macro_rules! capabilities {
    ($($group:ident { $($(#[$doc:meta])* $variant:ident = $name:literal: $es:literal / $en:literal;)+ })+) => {
        /// What can be switched off. All are on unless somebody says otherwise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Capability {
            $($($(#[$doc])* #[serde(rename = $name)] $variant,)+)+
        }

        impl Capability {
            /// All of them, in the order in which people see them.
            pub const ALL: &[Self] = &[$($(Self::$variant),+),+];

            /// Its name on the wire.
            pub fn as_str(self) -> &'static str {
                match self { $($(Self::$variant => $name,)+)+ }
            }

            /// What kind of thing it is.
            pub fn group(self) -> Group {
                match self { $($(Self::$variant => Group::$group,)+)+ }
            }

            /// What happens while it is off, in words.
            pub fn fallback(self, language: Language) -> &'static str {
                match (self, language) {
                    $($((Self::$variant, Language::Es) => $es, (Self::$variant, Language::En) => $en,)+)+
                }
            }
        }
    };
}

capabilities! {
    External {
        /// The tax office.
        Afip = "afip": "Las facturas quedan como borrador hasta que vuelva." / "Invoices stay drafts until it is back.";
        /// Payments by Mercado Pago.
        MercadoPago = "mercadopago": "Se ofrece efectivo o transferencia." / "Cash or transfer is offered.";
        /// Messages by WhatsApp.
        WhatsApp = "whatsapp": "Lo urgente sale por SMS; el resto espera." / "What is urgent goes by SMS; the rest waits.";
        /// Transcription of voice notes.
        WhatsAppVoiceAi = "whatsapp_voice_ai": "Las notas de voz esperan en la bandeja a que alguien las escuche." / "Voice notes wait in the inbox for a person.";
        /// Push messages to browsers.
        PushNotifications = "push_notifications": "Los avisos llegan por los otros canales." / "Notices come by the other channels.";
    }
    Domain {
        /// Invoices.
        Invoicing = "invoicing": "No se crean facturas nuevas." / "No new invoices are made.";
        /// Payments.
        Payments = "payments": "No se registran cobros nuevos." / "No new payments are taken.";
        /// Dates of jobs.
        Scheduling = "scheduling": "Los trabajos conservan su fecha; no se puede cambiar." / "Jobs keep their date; it cannot be changed.";
        /// Who does a job.
        JobAssignment = "job_assignment": "Los trabajos conservan sus técnicos; no se pueden reasignar." / "Jobs keep their technicians; they cannot be reassigned.";
        /// Work without a network.
        OfflineSync = "offline_sync": "El teléfono guarda los cambios y los manda después." / "Phones keep their changes and send them later.";
        /// Positions of technicians.
        TechnicianGps = "technician_gps": "Las posiciones se guardan y los clientes no las ven." / "Positions are kept and customers do not see them.";
        /// The marketplace.
        ConsumerMarketplace = "consumer_marketplace": "El marketplace no se muestra." / "The marketplace is not shown.";
        /// Customers' pages.
        CustomerPortal = "customer_portal": "El enlace del cliente muestra el estado sin mapa ni posición." / "The customer's link shows the state without map or position.";
        /// Stock.
        InventoryManagement = "inventory_management": "El stock no se descuenta." / "Stock is not deducted.";
        /// The chain of who did what.
        AuditLogging = "audit_logging": "Lo cotidiano queda solo en los eventos; accesos, permisos y datos personales se auditan siempre." / "Everyday work stays in the events alone; access, rights and personal data are audited always.";
    }
    Ui {
        /// The dispatcher's map.
        UiLiveMap = "ui.live_map": "La página muestra las listas sin mapa." / "The page shows lists without a map.";
        /// Who fits a job best, in the assign menu.
        UiRecommendations = "ui.recommendations": "Al asignar se ven los técnicos sin orden sugerido." / "The assign menu shows technicians in no suggested order.";
        /// Whether arrival windows hold.
        UiCoverage = "ui.coverage": "El informe de llegadas no se muestra." / "The report on arrivals is not shown.";
    }
    Services {
        /// Requests to the tax office.
        CaeQueue = "cae_queue": "Los pedidos de CAE esperan." / "Requests for a CAE wait.";
        /// Outgoing WhatsApp.
        WhatsAppQueue = "whatsapp_queue": "Los mensajes de WhatsApp esperan en la cola." / "WhatsApp messages wait in the queue.";
        /// Putting messages of one person together.
        WhatsAppAggregation = "whatsapp_aggregation": "Cada mensaje se procesa por separado, enseguida." / "Each message is taken by itself, at once.";
        /// Comparing payments.
        PaymentReconciliation = "payment_reconciliation": "Los cobros se concilian a mano." / "Payments are reconciled by hand.";
        /// Who sends too much.
        AbuseDetection = "abuse_detection": "Solo rigen los límites fijos." / "Fixed limits alone hold.";
        /// Limits of requests.
        RateLimiting = "rate_limiting": "No se limita por cantidad de pedidos." / "Requests are not counted.";
        /// Figures.
        AnalyticsPipeline = "analytics_pipeline": "Los informes no se actualizan." / "Reports are not renewed.";
        /// False reviews.
        ReviewFraudDetection = "review_fraud_detection": "Las reseñas las revisa una persona." / "A person looks at reviews.";
        /// Outgoing notices.
        NotificationQueue = "notification_queue": "Los avisos esperan en la cola; los códigos de ingreso salen." / "Notices wait in the queue; sign-in codes go out.";
    }
}

impl Capability {
    /// Whether this version asks for it anywhere.
    pub fn is_in_use(self) -> bool {
        !matches!(
            self,
            Self::Afip
                | Self::MercadoPago
                | Self::Invoicing
                | Self::Payments
                | Self::OfflineSync
                | Self::ConsumerMarketplace
                | Self::InventoryManagement
                | Self::CaeQueue
                | Self::PaymentReconciliation
                | Self::RateLimiting
                | Self::AnalyticsPipeline
                | Self::ReviewFraudDetection
        )
    }
}

impl FromStr for Capability {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|c| c.as_str() == name);
        found.copied().ok_or_else(|| format!("no such capability: {name}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// functional.md section 9, in its order.
    #[test]
    fn the_list_is_the_specifications() {
        let of = |group| -> Vec<&str> {
            Capability::ALL.iter().filter(|c| c.group() == group).map(|c| c.as_str()).collect()
        };
        assert_eq!(
            of(Group::External).join(", "),
            "afip, mercadopago, whatsapp, whatsapp_voice_ai, push_notifications"
        );
        assert_eq!(
            of(Group::Domain).join(", "),
            "invoicing, payments, scheduling, job_assignment, offline_sync, technician_gps, consumer_marketplace, \
             customer_portal, inventory_management, audit_logging"
        );
        assert_eq!(
            of(Group::Services).join(", "),
            "cae_queue, whatsapp_queue, whatsapp_aggregation, payment_reconciliation, abuse_detection, rate_limiting, \
             analytics_pipeline, review_fraud_detection, notification_queue"
        );
        assert!(of(Group::Ui).iter().all(|name| name.starts_with("ui.")));
    }

    /// Names lead back, on the wire and in settings, and each says something of its own in both languages.
    #[test]
    fn names_lead_back_and_each_has_a_fallback() {
        let mut said = BTreeSet::new();
        for capability in Capability::ALL {
            assert_eq!(capability.as_str().parse(), Ok(*capability));
            assert_eq!(serde_json::to_value(capability).unwrap(), capability.as_str());
            for language in [Language::Es, Language::En] {
                assert!(said.insert(capability.fallback(language)), "{capability:?}");
            }
        }
        assert!("afip ".parse::<Capability>().is_err());
    }
}
