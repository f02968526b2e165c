//! What a scalar is, by the rules of sigs.k8s.io/yaml: YAML 1.1, read as kubectl and
//! the API server read it, and no other dialect's dates or numbers to base 60.

use granit_parser::Tag;
use serde_json::{Number, Value};

use super::YamlError;

/// Reads a scalar. Quotes make it text, unless a tag says otherwise.
pub(super) fn resolve(
    text: &str,
    plain: bool,
    tag: Option<&Tag>,
    line: usize,
) -> Result<Value, YamlError> {
    let unsupported = |tag: &Tag| YamlError::Tag {
        line,
        tag: tag.to_string(),
    };
    let value = match tag {
        None if !plain => return Ok(Value::String(text.to_owned())),
        None => untagged(text),
        // A lone "!" makes it text.
        Some(tag) if tag.handle().is_empty() && tag.suffix() == "!" => {
            return Ok(Value::String(text.to_owned()));
        }
        Some(tag) => {
            let value = untagged(text);
            let fits = match tag.core_suffix() {
                Some("str") => return Ok(Value::String(text.to_owned())),
                Some("null") => value == Some(Value::Null),
                Some("bool") => matches!(value, Some(Value::Bool(_))),
                Some("int") => matches!(&value, Some(Value::Number(number)) if !number.is_f64()),
                Some("float") => matches!(value, Some(Value::Number(_)) | None),
                _ => false,
            };
            if !fits {
                return Err(unsupported(tag));
            }
            value
        }
    };
    value.ok_or_else(|| YamlError::NotFinite {
        line,
        text: text.to_owned(),
    })
}

/// What plain text stands for; `None` for infinities and not-a-number.
fn untagged(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Some(Value::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Some(Value::Bool(false));
        }
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF"
        | "-.inf" | "-.Inf" | "-.INF" => return None,
        _ => {}
    }
    let number = match text.as_bytes() {
        [b'0'..=b'9' | b'+' | b'-', ..] => {
            let digits = text.replace('_', "");
            integer(&digits).or_else(|| float(&digits))
        }
        [b'.', ..] => float(text),
        _ => None,
    };
    Some(number.map_or_else(|| Value::String(text.to_owned()), Value::Number))
}

/// Decimal, `0x`, `0o` and `0b` numbers; a leading zero alone means octal.
fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, digits.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, digits.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, digits.get(2..)?),
        [b'0', _, ..] => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    // A second sign would pass the standard library's own reading.
    if !digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        0_i64.checked_sub_unsigned(magnitude).map(Number::from)
    } else {
        Some(Number::from(magnitude))
    }
}

/// `[-+]? ( "." digits | digits ( "." digits? )? ) ( [eE] [-+]? digits )?`. Too large a
/// number is text, as it is for the API machinery.
fn float(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let well_formed = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => !mantissa.is_empty() && is_digits(mantissa),
    } && exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && is_digits(digits)
    });
    if !well_formed {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    whole_number(value).or_else(|| Number::from_f64(value))
}

/// JSON has one kind of number, and Go writes 1.0 as 1: so `replicas: 1.0` is an integer.
fn whole_number(value: f64) -> Option<Number> {
    // Every whole number up to 2^53 has a float of its own.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() != 0.0 || value.abs() > EXACT {
        return None;
    }
    format!("{value:.0}").parse::<i64>().ok().map(Number::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Each checked against sigs.k8s.io/yaml 1.6.
    #[test]
    fn plain_scalars_are_what_kubernetes_reads() {
        for (text, value) in [
            ("yes", json!(true)),
            ("y", json!(true)),
            ("NO", json!(false)),
            ("off", json!(false)),
            ("tRuE", json!("tRuE")),
            ("~", json!(null)),
            ("Null", json!(null)),
            ("nULL", json!("nULL")),
            ("0644", json!(420)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("-0x1F", json!(-31)),
            ("0b11", json!(3)),
            ("1_000", json!(1000)),
            ("_1", json!("_1")),
            ("+1", json!(1)),
            ("-0", json!(0)),
            ("+-1", json!("+-1")),
            ("089", json!(89)),
            ("012x", json!("012x")),
            (
                "18446744073709551615",
                json!(18_446_744_073_709_551_615_u64),
            ),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1.0", json!(1)),
            ("1.", json!(1)),
            (".5", json!(0.5)),
            ("+.5", json!(0.5)),
            ("1e3", json!(1000)),
            ("1.5e-3", json!(0.0015)),
            ("1e400", json!("1e400")),
            ("12e34567", json!("12e34567")),
            ("1:30", json!("1:30")),
            ("2026-11-26", json!("2026-11-26")),
            ("NaN", json!("NaN")),
            ("inf", json!("inf")),
            ("Infinity", json!("Infinity")),
            ("=", json!("=")),
            (".", json!(".")),
            ("0x", json!("0x")),
            ("1.2.3", json!("1.2.3")),
            ("v1", json!("v1")),
        ] {
            assert_eq!(resolve(text, true, None, 1), Ok(value), "{text}");
        }
    }

    #[test]
    fn integers_stay_integers() {
        let Ok(Value::Number(number)) = resolve("3", true, None, 1) else {
            panic!("not a number")
        };
        assert!(number.is_u64());
        assert_eq!(resolve("1.0", true, None, 1).unwrap().to_string(), "1");
    }

    #[test]
    fn quoted_scalars_are_text() {
        for text in ["yes", "1", "null", ""] {
            assert_eq!(resolve(text, false, None, 1), Ok(json!(text)));
        }
    }

    #[test]
    fn infinities_are_refused() {
        for text in [".inf", "-.INF", ".NaN"] {
            assert!(matches!(
                resolve(text, true, None, 7),
                Err(YamlError::NotFinite { line: 7, .. })
            ));
        }
    }
}
