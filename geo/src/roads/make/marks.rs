//! One bit a node, and the number of set bits before it: dense numbers for the few of many.

/// Bits with ranks.
#[derive(Debug)]
pub(in crate::roads) struct Marks {
    words: Vec<u64>,
    /// Set bits before each word.
    before: Vec<u32>,
}

impl Marks {
    /// `n` bits, none set.
    pub(in crate::roads) fn new(n: usize) -> Self {
        Self { words: vec![0; n.div_ceil(64)], before: Vec::new() }
    }

    /// Sets a bit; answers whether it was set before. Beyond the end nothing happens.
    pub(in crate::roads) fn set(&mut self, place: u32) -> bool {
        let Some(word) = self.words.get_mut(place as usize / 64) else { return false };
        let bit = 1 << (place % 64);
        let was = *word & bit != 0;
        *word |= bit;
        was
    }

    /// Is the bit set?
    pub(in crate::roads) fn is_set(&self, place: u32) -> bool {
        self.words.get(place as usize / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    /// Makes ready for [`Marks::rank`]; answers how many bits are set.
    pub(in crate::roads) fn count(&mut self) -> u32 {
        let mut sum = 0;
        self.before.clear();
        self.before.reserve_exact(self.words.len());
        for word in &self.words {
            self.before.push(sum);
            sum += word.count_ones();
        }
        sum
    }

    /// Set bits before this one; `None` where it is not set.
    pub(in crate::roads) fn rank(&self, place: u32) -> Option<u32> {
        let word = *self.words.get(place as usize / 64)?;
        let bit = place % 64;
        let below = word & ((1u64 << bit) - 1);
        (word >> bit & 1 == 1)
            .then(|| self.before.get(place as usize / 64).map(|b| b + below.count_ones()))?
    }

    /// The places of all set bits, ascending.
    pub(in crate::roads) fn places(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(i, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros())?;
                rest &= rest - 1;
                Some(i as u32 * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Ranks number the set bits in order.
        #[test]
        fn ranks_are_dense(set in prop::collection::btree_set(0u32..500, 0..80)) {
            let mut marks = Marks::new(500);
            for place in &set {
                prop_assert!(!marks.set(*place));
            }
            prop_assert_eq!(marks.count() as usize, set.len());
            prop_assert_eq!(marks.places().collect::<Vec<_>>(), set.iter().copied().collect::<Vec<_>>());
            for place in 0..500 {
                let expected = set.contains(&place).then(|| set.range(..place).count() as u32);
                prop_assert_eq!(marks.rank(place), expected);
                prop_assert_eq!(marks.is_set(place), expected.is_some());
            }
        }
    }
}
