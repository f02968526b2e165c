//! Quantities, as `k8s.io/apimachinery/pkg/api/resource` reads them.

use std::cmp::Ordering;

/// An amount, as far as comparing needs it.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Quantity(f64);

impl Quantity {
    /// Reads `250m`, `1.5Gi`, `1e3`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        let end = unsigned
            .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let digits = number.bytes().filter(u8::is_ascii_digit).count();
        if digits == 0 || number.len() - digits > 1 {
            return None;
        }
        let number: f64 = number.parse().ok()?;
        Some(Self(sign * number * factor(suffix)?))
    }

    pub(crate) fn is_negative(self) -> bool {
        self.0 < 0.0
    }

    /// Whether it is less than a whole number can say, as pods and objects are counted.
    pub(crate) fn is_whole(self) -> bool {
        self.0.fract() == 0.0
    }

    /// Whether it is more than another, beyond what a float may be off.
    pub(crate) fn exceeds(self, other: Self) -> bool {
        let allowance = other.0.abs() * 1e-9;
        self.0.partial_cmp(&(other.0 + allowance)) == Some(Ordering::Greater)
    }
}

fn factor(suffix: &str) -> Option<f64> {
    let binary = |power: i32| 1024_f64.powi(power);
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
            10_f64.powi(exponent.clamp(-400, 400))
        }
    };
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_and_compared() {
        for (text, amount) in [
            ("1", 1.0),
            ("250m", 0.25),
            ("1.5Gi", 1.5 * 1024.0 * 1024.0 * 1024.0),
            (".5", 0.5),
            ("5.", 5.0),
            ("1e3", 1000.0),
            ("1E", 1e18),
            ("-1k", -1000.0),
            ("+2", 2.0),
            ("10", 10.0),
            ("1.05", 1.05),
        ] {
            let Some(Quantity(read)) = Quantity::read(text) else {
                panic!("{text} is none")
            };
            assert!(
                (read - amount).abs() <= amount.abs() * 1e-9,
                "{text}: {read}"
            );
        }
        let read = |text| Quantity::read(text).unwrap();
        assert!(read("1001m").exceeds(read("1")));
        assert!(!read("1000m").exceeds(read("1")));
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "", "m", "1 Gi", "1gb", "0x1", "1.2.3", "1e", "1GiB", "--1", ".", "1K",
        ] {
            assert_eq!(Quantity::read(text), None, "{text}");
        }
    }
}
