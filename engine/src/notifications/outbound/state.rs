//! The states of a message and how news of it are merged. Pure.

use serde::{Deserialize, Serialize};

/// Where a message stands (functional.md section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum State {
    /// It came in.
    Received,
    /// It waits to leave.
    Queued,
    /// The provider is being asked, or did not answer clearly.
    Sending,
    /// The provider took it.
    Sent,
    /// It is on the phone.
    Delivered,
    /// It was read, or heard.
    Read,
    /// It did not get there.
    Failed,
    /// It did not get there, and an SMS stands for it.
    FallbackSms,
    /// That phone takes no such message.
    Undeliverable,
    /// Judged again when it was to leave, and kept back.
    Suppressed,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Received,
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Read,
        Self::Failed,
        Self::FallbackSms,
        Self::Undeliverable,
        Self::Suppressed,
    ];

    /// The column form.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::FallbackSms => "fallback_sms",
            Self::Undeliverable => "undeliverable",
            Self::Suppressed => "suppressed",
        }
    }

    /// Whether it has still to leave.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Sending)
    }

    /// Whether it says that the message did not get there.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::FallbackSms | Self::Undeliverable)
    }

    fn rank(self) -> u8 {
        match self {
            Self::Received | Self::Queued => 0,
            Self::Sending => 1,
            Self::Sent => 2,
            Self::Delivered => 3,
            Self::Read => 4,
            Self::Failed | Self::FallbackSms | Self::Undeliverable | Self::Suppressed => 5,
        }
    }
}

/// Where a message stands after news of it: never a step back, and the same in whatever order news come.
///
/// Sent, delivered, read rise; a failure is above them all and ends it.
pub fn merge(present: State, news: State) -> State {
    if present == State::Received || news.rank() <= present.rank() { present } else { news }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn statuses() -> impl Strategy<Value = State> {
        select(vec![State::Sent, State::Delivered, State::Read, State::Failed])
    }

    proptest! {
        /// Twice is once, and nothing goes back.
        #[test]
        fn news_only_go_forward(from in select(State::ALL.to_vec()), news in proptest::collection::vec(statuses(), 0..8)) {
            let mut present = from;
            for state in news {
                let next = merge(present, state);
                prop_assert!(next == present || next.rank() > present.rank());
                prop_assert_eq!(merge(next, state), next);
                present = next;
            }
        }

        /// In whatever order they come, the end is the same.
        #[test]
        fn any_order_ends_the_same(mut news in proptest::collection::vec(statuses(), 1..8), at in 0..8usize) {
            let end = |news: &[State]| news.iter().fold(State::Sending, |s, n| merge(s, *n));
            let first = end(&news);
            let by = at % news.len();
            news.rotate_left(by);
            prop_assert_eq!(end(&news), first);
        }
    }

    #[test]
    fn a_failure_is_the_end() {
        assert_eq!(merge(State::Sent, State::Failed), State::Failed);
        assert_eq!(merge(State::Failed, State::Read), State::Failed);
        assert_eq!(merge(State::FallbackSms, State::Failed), State::FallbackSms);
        assert_eq!(merge(State::Suppressed, State::Sent), State::Suppressed);
        assert_eq!(merge(State::Read, State::Sent), State::Read);
        assert_eq!(merge(State::Received, State::Read), State::Received);
    }
}
