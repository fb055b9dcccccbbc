//! What an account number and an amount must be: pure.

use rust_decimal::Decimal;

use crate::check::Check;

/// The highest amount: far above any salary, far below what a decimal holds.
const MOST: i64 = 1_000_000_000_000;

/// Whether 22 digits are a CBU (or a CVU): a bank's and branch's seven digits and an account's thirteen, each with its
/// check digit (BCRA, Com. A 2622: weights 7 1 3 9 from the left of the first, 3 9 7 1 of the second).
pub fn is_cbu(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|d| d.len() == 22) else { return false };
    let (branch, account) = digits.split_at(8);
    is_checked(branch, &[7, 1, 3, 9]) && is_checked(account, &[3, 9, 7, 1])
}

fn is_checked(block: &[u32], weights: &[u32]) -> bool {
    let Some((check, body)) = block.split_last() else { return false };
    let sum: u32 = body.iter().zip(weights.iter().cycle()).map(|(d, w)| d * w).sum();
    (10 - sum % 10) % 10 == *check
}

/// An account number without blanks and dashes; an empty one is none.
pub(super) fn checked_cbu(check: &mut Check, field: &'static str, text: Option<&str>) -> Option<String> {
    let digits: String = text?.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    if digits.is_empty() {
        return None;
    }
    if !is_cbu(&digits) {
        check.wrong(
            field,
            "se espera un CBU de 22 dígitos con sus dígitos verificadores (22 digits of a CBU)",
        );
    }
    Some(digits)
}

/// An alias; an empty one is none.
pub(super) fn checked_alias(check: &mut Check, field: &'static str, text: Option<&str>) -> Option<String> {
    let alias = text?.trim();
    if alias.is_empty() {
        return None;
    }
    let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if !(6..=20).contains(&alias.len()) || !alias.chars().all(is_good) {
        check.wrong(field, "de 6 a 20 letras, números, puntos o guiones (letters, digits, dots, dashes)");
    }
    Some(alias.to_owned())
}

/// An amount of pesos with two decimals.
pub(super) fn checked_amount(
    check: &mut Check,
    field: &'static str,
    amount: Option<Decimal>,
) -> Option<Decimal> {
    let amount = amount?;
    if amount.is_sign_negative() || amount > Decimal::from(MOST) || amount.normalize().scale() > 2 {
        check.wrong(field, "un importe en pesos con hasta dos decimales (an amount with up to two decimals)");
        return None;
    }
    let mut amount = amount;
    amount.rescale(2);
    Some(amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn account_numbers() {
        assert!(is_cbu("2850590940090418135201"));
        for bad in ["2810590940090418135201", "285059094009041813520", "28505909400904181352011", "", "cbu"] {
            assert!(!is_cbu(bad), "{bad}");
        }
        let mut check = Check::default();
        assert_eq!(
            checked_cbu(&mut check, "cbu", Some("28505909-40090418135201")).unwrap(),
            "2850590940090418135201"
        );
        assert_eq!(checked_cbu(&mut check, "cbu", Some("  ")), None);
        assert_eq!(checked_alias(&mut check, "a", Some(" plomeria.sur ")).unwrap(), "plomeria.sur");
        check.done().unwrap();
        for (amount, good) in
            [("850000", true), ("0.05", true), ("1.50000", true), ("1.005", false), ("-1", false)]
        {
            let mut check = Check::default();
            checked_amount(&mut check, "a", Some(amount.parse().unwrap()));
            assert_eq!(check.done().is_ok(), good, "{amount}");
        }
    }

    proptest! {
        /// No single wrong digit, anywhere, is taken.
        #[test]
        fn a_wrong_digit_is_seen(place in 0..22usize, by in 1..10u32) {
            let mut digits: Vec<u32> = "2850590940090418135201".chars().map(|c| c.to_digit(10).unwrap()).collect();
            digits[place] = (digits[place] + by) % 10;
            let text: String = digits.iter().map(ToString::to_string).collect();
            prop_assert!(!is_cbu(&text), "{text}");
        }
    }
}
