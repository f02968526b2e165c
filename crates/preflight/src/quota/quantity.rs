//! Amounts of something, exactly as Kubernetes counts them.

use std::fmt;

/// Billionths in a whole: the smallest that Kubernetes tells apart is `1n`.
const NANO: i128 = 1_000_000_000;

/// 2^63 - 1: the most that a quantity of Kubernetes says.
const LARGEST: i128 = 9_223_372_036_854_775_807 * NANO;

/// An amount, in whole billionths.
///
/// What is read is capped at 2^63 - 1 and rounded away from zero to billionths, as
/// Kubernetes does. Sums and products stop at the ends of their range instead of
/// wrapping around; a namespace with two billion pods of the largest amount is not
/// there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Quantity(i128);

/// It is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no quantity; write it like 250m, 1.5Gi or 3")]
pub struct QuantityError(String);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// One of something.
    pub const ONE: Self = Self(NANO);

    /// So many of something.
    pub fn whole(count: i64) -> Self {
        Self(i128::from(count) * NANO)
    }

    /// Reads `250m`, `1.5Gi`, `1e3`.
    ///
    /// # Errors
    ///
    /// It is none.
    pub fn read(text: &str) -> Result<Self, QuantityError> {
        read(text).ok_or_else(|| QuantityError(text.chars().take(60).collect()))
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// What is left without the other.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// So many times.
    #[must_use]
    pub fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(i128::from(count)))
    }

    /// The next whole amount, away from zero.
    #[must_use]
    pub const fn rounded_up(self) -> Self {
        let rest = self.0 % NANO;
        let whole = self.0 - rest;
        Self(match rest {
            0 => whole,
            rest if rest > 0 => whole + NANO,
            _ => whole - NANO,
        })
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// In billionths.
    pub const fn billionths(self) -> i128 {
        self.0
    }

    /// Whether it is more than another one so many times.
    pub(crate) const fn exceeds_product(self, other: Self, factor: Self) -> bool {
        self.0.saturating_mul(NANO) > other.0.saturating_mul(factor.0)
    }

    /// How often another one goes into it; none if that is nothing.
    pub(crate) fn holds(self, other: Self) -> Option<i64> {
        if other.0 <= 0 {
            return None;
        }
        let times = self.0.max(0) / other.0;
        Some(i64::try_from(times).unwrap_or(i64::MAX))
    }

    /// As people read an amount of this resource: cores in decimals, bytes with the
    /// unit that is shortest without losing anything, all else as it is counted.
    pub fn told(self, resource: &str) -> String {
        let is_cores = matches!(resource, "cpu" | "requests.cpu" | "limits.cpu");
        let is_bytes = resource.ends_with("memory")
            || resource.ends_with("storage")
            || resource.contains("hugepages-");
        let text = self.to_string();
        if is_cores && self.0 != 0 && self.0 % NANO == 0 {
            return format!("{text}.0");
        }
        if is_bytes && self.0 % NANO == 0 {
            return bytes(self.0 / NANO, text);
        }
        text
    }
}

/// As a decimal number: `0.25`.
impl fmt::Display for Quantity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (nano, all) = (NANO.unsigned_abs(), self.0.unsigned_abs());
        let (whole, rest) = (all / nano, all % nano);
        if rest == 0 {
            return formatter.pad(&format!("{sign}{whole}"));
        }
        let decimals = format!("{rest:09}");
        let decimals = decimals.trim_end_matches('0');
        formatter.pad(&format!("{sign}{whole}.{decimals}"))
    }
}

const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [&str; 6] = ["k", "M", "G", "T", "P", "E"];

/// The shortest way to write so many bytes with at most two decimals.
fn bytes(count: i128, plain: String) -> String {
    let mut best = plain;
    for (base, units) in [(1024_i128, BINARY), (1000, DECIMAL)] {
        let mut size = 1_i128;
        for unit in units {
            size = size.saturating_mul(base);
            let hundredths = count.saturating_mul(100);
            if count.abs() < size || hundredths % size != 0 {
                continue;
            }
            let number = Quantity(hundredths / size * (NANO / 100));
            let text = format!("{number}{unit}");
            if text.len() < best.len() {
                best = text;
            }
        }
    }
    best
}

/// What a suffix multiplies with.
enum Factor {
    /// A power of ten.
    Ten(i64),
    /// A power of two.
    Two(u32),
}

fn read(text: &str) -> Option<Quantity> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = unsigned
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.contains('.') || whole.len() + fraction.len() == 0 {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let scale = i64::try_from(fraction.len()).ok()?;
    let amount = match factor(suffix)? {
        Factor::Ten(power) => decimal(digits, power.saturating_sub(scale)),
        Factor::Two(power) => binary(digits, scale, power),
    };
    let amount = amount.min(LARGEST);
    Some(Quantity(if text.starts_with('-') {
        -amount
    } else {
        amount
    }))
}

/// Digits times a power of ten, in billionths, rounded up; too much is the most.
fn decimal(digits: &str, power: i64) -> i128 {
    let power = power.saturating_add(9);
    if digits.is_empty() {
        return 0;
    }
    if power >= 0 {
        let factor = u32::try_from(power).ok();
        let factor = factor.and_then(|power| 10_i128.checked_pow(power));
        let number = digits.parse::<i128>().ok();
        let product = factor.zip(number).and_then(|(a, b)| a.checked_mul(b));
        return product.unwrap_or(LARGEST);
    }
    let dropped = usize::try_from(power.unsigned_abs()).unwrap_or(usize::MAX);
    let (kept, rest) = digits.split_at(digits.len().saturating_sub(dropped));
    let kept = match kept {
        "" => 0,
        kept => kept.parse::<i128>().unwrap_or(LARGEST),
    };
    let is_more = rest.bytes().any(|digit| digit != b'0');
    kept.saturating_add(i128::from(is_more))
}

/// So many digits times 2^60 are less than 2^127.
const EXACT_DIGITS: usize = 20;

/// Digits, of which some are behind the point, times a power of two, in billionths.
fn binary(digits: &str, mut scale: i64, power: u32) -> i128 {
    let mut kept = digits;
    let mut is_more = false;
    while kept.len() > EXACT_DIGITS && scale > 0 {
        let (before, last) = kept.split_at(kept.len() - 1);
        is_more |= last != "0";
        kept = before;
        scale -= 1;
    }
    if kept.len() > EXACT_DIGITS {
        return LARGEST;
    }
    let number: i128 = kept.parse().unwrap_or(0);
    let product = number.saturating_mul(1 << power) + i128::from(is_more);
    decimal(&product.to_string(), -scale)
}

fn factor(suffix: &str) -> Option<Factor> {
    if let Some(position) = BINARY.iter().position(|unit| *unit == suffix) {
        return Some(Factor::Two(10 * (u32::try_from(position).ok()? + 1)));
    }
    Some(Factor::Ten(match suffix {
        "" => 0,
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => suffix.strip_prefix(['e', 'E'])?.parse().ok()?,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, billionths) in [
            ("0", 0),
            ("1", NANO),
            ("250m", NANO / 4),
            ("-250m", -NANO / 4),
            ("1.5Gi", 1_610_612_736 * NANO),
            (".5", NANO / 2),
            ("5.", 5 * NANO),
            ("1e3", 1000 * NANO),
            ("12E-3", 12_000_000),
            ("1E", 1_000_000_000_000_000_000 * NANO),
            ("+2", 2 * NANO),
            ("0.1n", 1),
            ("-0.1n", -1),
            ("0.0000000001Ki", 103),
            ("8Ei", LARGEST),
            ("99999999999999999999999999999999999999999999", LARGEST),
            ("1e999999999999", LARGEST),
            ("1e-999999999999", 1),
            ("0.00000000000000000000000000000000000000000000001Ei", 1),
        ] {
            assert_eq!(Quantity::read(text), Ok(Quantity(billionths)), "{text}");
        }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_whole_billionths(
            one in -1_000_000_000_000_i64..1_000_000_000_000,
            other in -1_000_000_000_000_i64..1_000_000_000_000,
            suffix in 0..FACTORS.len(),
            other_suffix in 0..FACTORS.len(),
        ) {
            let written = |count: i64, (suffix, factor): (&str, i128)| {
                (Quantity::read(&format!("{count}{suffix}")).unwrap(), i128::from(count) * factor)
            };
            let (one, exact) = written(one, FACTORS[suffix]);
            let (other, other_exact) = written(other, FACTORS[other_suffix]);
            prop_assert_eq!(one.plus(other).billionths(), exact + other_exact);
            prop_assert_eq!(one.minus(other).billionths(), exact - other_exact);
            prop_assert_eq!(one.times(7).billionths(), exact * 7);
            prop_assert_eq!(one.cmp(&other), exact.cmp(&other_exact));
        }

        #[test]
        fn what_is_told_is_read_as_the_same(billionths in -(LARGEST / NANO)..LARGEST / NANO) {
            for resource in ["cpu", "memory", "pods"] {
                for amount in [Quantity(billionths), Quantity(billionths).rounded_up()] {
                    let told = amount.told(resource);
                    prop_assert_eq!(Quantity::read(&told).unwrap(), amount, "{}", told);
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+]?[0-9.]{0,50}[eEinumkKMGTP]{0,3}[-+]?[0-9]{0,5}") {
            if let Ok(amount) = Quantity::read(&text) {
                prop_assert!(amount.billionths().abs() <= LARGEST);
            }
        }
    }

    /// Suffixes, in billionths; even the largest number here is less than the most.
    const FACTORS: [(&str, i128); 10] = [
        ("", NANO),
        ("n", 1),
        ("u", 1000),
        ("m", 1_000_000),
        ("k", 1000 * NANO),
        ("M", 1_000_000 * NANO),
        ("e3", 1000 * NANO),
        ("E-3", 1_000_000),
        ("Ki", 1024 * NANO),
        ("Mi", 1024 * 1024 * NANO),
    ];

    #[test]
    fn what_is_none_is_refused() {
        for text in [
            "",
            "m",
            "1 Gi",
            "1gb",
            "0x1",
            "1.2.3",
            "1e",
            "1GiB",
            "--1",
            ".",
            "1K",
            "1e99999999999999999999",
        ] {
            assert!(Quantity::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_are_told_as_their_resource_is() {
        for (resource, text, told) in [
            ("requests.cpu", "1000m", "1.0"),
            ("requests.cpu", "250m", "0.25"),
            ("requests.cpu", "0", "0"),
            ("requests.memory", "1536Mi", "1.5Gi"),
            ("requests.memory", "512Mi", "512Mi"),
            ("requests.memory", "500M", "500M"),
            ("limits.memory", "-1Gi", "-1Gi"),
            ("requests.memory", "1000000001", "1000000001"),
            ("requests.storage", "100m", "0.1"),
            ("pods", "3", "3"),
            ("requests.nvidia.com/gpu", "2", "2"),
        ] {
            assert_eq!(Quantity::read(text).unwrap().told(resource), told, "{text}");
        }
    }

    #[test]
    fn storage_is_rounded_to_whole_bytes() {
        let rounded = |text| Quantity::read(text).unwrap().rounded_up().to_string();
        assert_eq!(rounded("100m"), "1");
        assert_eq!(rounded("1Gi"), "1073741824");
    }
}
