//! The numbers of the model, with their reasons.

/// What the model believes about phones and drivers. [`Settings::default`] is what is meant to be used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Least deviation of a fix from the road, metres: lanes, kerbs and the map itself are off by that much.
    pub sigma_floor_m: f32,
    /// The deviation where a phone does not say, metres.
    pub sigma_unsaid_m: f32,
    /// No phone is believed to be worse than this, metres.
    pub sigma_most_m: f32,
    /// Metres of detour that cost one nat, over a gap of no time.
    pub beta_m: f32,
    /// What is added to `beta_m` with each second of the gap, metres.
    pub beta_m_per_s: f32,
    /// Roads take this many times what the map says. 1 where the times are learned ones.
    pub slower: f32,
    /// Standard deviation of the logarithm of real by expected time, where the drive was slower.
    pub slow_spread: f32,
    /// The same where it would have to be faster.
    pub fast_spread: f32,
    /// What a fix costs that is laid off the road, nats.
    pub off: f32,
    /// What leaving or entering the roads somewhere costs, nats.
    pub leave: f32,
    /// What turning round in a road costs, nats.
    pub turn_round: f32,
    /// Seconds that the turn itself takes.
    pub turn_round_s: f32,
    /// How much a moving phone's heading counts: nats between the right way and the opposite one, halved.
    pub heading: f32,
    /// Over a longer gap nothing is claimed: a new piece begins. Seconds.
    pub gap_s: f32,
    /// Candidates of a fix, at most.
    pub most: usize,
    /// Places whose score is this many nats below the best are not followed.
    pub beam: f32,
}

impl Settings {
    /// Metres of detour that cost one nat over a gap of `dt_s` seconds.
    pub(super) fn beta(&self, dt_s: f32) -> f32 {
        self.beta_m + self.beta_m_per_s * dt_s
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sigma_floor_m: 5.0,
            sigma_unsaid_m: 8.0,
            sigma_most_m: 60.0,
            beta_m: 10.0,
            beta_m_per_s: 1.0,
            slower: 1.6,
            slow_spread: 0.9,
            fast_spread: 0.45,
            off: 8.0,
            leave: 3.0,
            turn_round: 3.0,
            turn_round_s: 10.0,
            heading: 3.0,
            gap_s: 300.0,
            most: 12,
            beam: 10.0,
        }
    }
}
