//! Where everything runs.

use std::future::Future;

/// Runs a future where actix's system and several threads of tokio are at hand.
pub fn block_on<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    let tokio = || {
        let built = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        #[allow(clippy::expect_used, reason = "a process that gets no threads can do nothing else")]
        built.expect("threads for the runtime")
    };
    actix_web::rt::System::with_tokio_rt(tokio).block_on(work)
}
