//! Signing in.

use campo_engine::auth::otp::guard::Budget;
use clap::Args;

/// How many codes may fail before devices that nobody knows have to wait.
#[derive(Debug, Clone, Args)]
pub struct SignIn {
    /// Failed codes of unknown devices in an hour, everywhere together; above it only known devices and invited
    /// people are let in.
    #[arg(
        long,
        env = "CAMPO_OTP_FAILURES_PER_HOUR",
        value_name = "CAMPO_OTP_FAILURES_PER_HOUR",
        global = true,
        default_value_t = Budget::default().hour,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    otp_failures_per_hour: u32,
    /// The same in a day.
    #[arg(
        long,
        env = "CAMPO_OTP_FAILURES_PER_DAY",
        value_name = "CAMPO_OTP_FAILURES_PER_DAY",
        global = true,
        default_value_t = Budget::default().day,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    otp_failures_per_day: u32,
}

impl SignIn {
    /// As the engine takes it.
    pub fn budget(&self) -> Budget {
        Budget { hour: self.otp_failures_per_hour, day: self.otp_failures_per_day }
    }
}
