//! What preflight found as JUnit XML, which most pipelines show.

use std::collections::BTreeMap;
use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use tidegate_preflight::finding::Severity;
use tidegate_preflight::{CheckReport, Finding, Report, Verdict};

use super::{message, place, severity, subject, verdict};

type Xml = Writer<Vec<u8>>;

/// A suite for each check. A case in it is an object or a file of which something
/// was found, or the check itself. Not judged is an error, and waived is skipped.
///
/// # Errors
///
/// None happen, as it is written into memory.
pub(crate) fn document(report: &Report) -> io::Result<String> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites: Vec<(&CheckReport, Vec<Case<'_>>)> = report
        .checks
        .iter()
        .map(|check| (check, cases(check)))
        .collect();
    let all = suites.iter().flat_map(|(_, cases)| cases);
    let counts = Counts::of(all);
    counts
        .on(xml.create_element("testsuites"))
        .with_attribute(("name", "tidegate preflight"))
        .write_inner_content(|xml| {
            suites
                .iter()
                .try_for_each(|(check, cases)| suite(xml, check, cases))
        })?;
    let mut text = String::from_utf8(xml.into_inner()).map_err(io::Error::other)?;
    text.push('\n');
    Ok(text)
}

/// A case, and what came of it.
struct Case<'a> {
    name: String,
    findings: Vec<&'a Finding>,
    came: Came,
}

enum Came {
    Passed,
    Failed,
    NotJudged(String),
    Waived(String),
}

fn cases(check: &CheckReport) -> Vec<Case<'_>> {
    let mut of: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in &check.findings {
        let object = finding
            .object
            .as_ref()
            .map(|object| match &object.namespace {
                Some(namespace) => format!("{namespace}/{object}"),
                None => object.to_string(),
            });
        let file = finding.place.as_ref().map(|place| place.file.clone());
        let name = object
            .or(file)
            .unwrap_or_else(|| check.check.word().to_owned());
        of.entry(name).or_default().push(finding);
    }
    let mut cases: Vec<Case<'_>> = of
        .into_iter()
        .map(|(name, findings)| Case {
            name,
            came: if findings.iter().any(|one| one.severity == Severity::Error) {
                Came::Failed
            } else {
                Came::Passed
            },
            findings,
        })
        .collect();
    let came = match &check.verdict {
        Verdict::Passed { .. } => Some(Came::Passed),
        Verdict::NotJudged { .. } => Some(Came::NotJudged(verdict(check).1)),
        Verdict::Waived { reason, .. } => Some(Came::Waived(reason.clone())),
        Verdict::Failed { .. } => cases.is_empty().then_some(Came::Failed),
    };
    cases.extend(came.map(|came| Case {
        name: check.check.word().to_owned(),
        findings: Vec::new(),
        came,
    }));
    cases
}

fn suite(xml: &mut Xml, check: &CheckReport, cases: &[Case<'_>]) -> io::Result<()> {
    Counts::of(cases)
        .on(xml.create_element("testsuite"))
        .with_attribute(("name", check.check.word()))
        .write_inner_content(|xml| {
            for one in cases {
                case(xml, check, one)?;
            }
            let mut said = vec![verdict(check).1];
            said.extend(check.details.iter().cloned());
            text(xml, "system-out", &said.join("\n"))
        })?;
    Ok(())
}

fn case(xml: &mut Xml, check: &CheckReport, case: &Case<'_>) -> io::Result<()> {
    let mut element = xml
        .create_element("testcase")
        .with_attribute(("name", word(&case.name).as_str()))
        .with_attribute(("classname", format!("preflight.{}", check.check).as_str()));
    let first = case
        .findings
        .iter()
        .find_map(|finding| finding.place.as_ref());
    if let Some(place) = first {
        element = element
            .with_attribute(("file", word(&place.file).as_str()))
            .with_attribute(("line", place.line.to_string().as_str()));
    }
    let said: Vec<String> = case.findings.iter().map(|finding| line(finding)).collect();
    let said = said.join("\n");
    match &case.came {
        Came::Passed if said.is_empty() => {
            element.write_empty()?;
        }
        Came::Passed => {
            element.write_inner_content(|xml| text(xml, "system-out", &said))?;
        }
        Came::Failed => {
            let worst = case
                .findings
                .iter()
                .find(|one| one.severity == Severity::Error);
            let (kind, message) = worst.map_or_else(
                || (check.check.word(), verdict(check).1),
                |finding| (finding.id, finding.message.clone()),
            );
            element.write_inner_content(|xml| {
                xml.create_element("failure")
                    .with_attribute(("message", word(&message).as_str()))
                    .with_attribute(("type", kind))
                    .write_text_content(BytesText::new(&allowed(&said)))?;
                Ok(())
            })?;
        }
        Came::NotJudged(why) => {
            element.write_inner_content(|xml| told(xml, "error", why))?;
        }
        Came::Waived(reason) => {
            element.write_inner_content(|xml| told(xml, "skipped", reason))?;
        }
    }
    Ok(())
}

fn told(xml: &mut Xml, name: &str, message: &str) -> io::Result<()> {
    let element = xml.create_element(name);
    element
        .with_attribute(("message", word(message).as_str()))
        .write_empty()?;
    Ok(())
}

fn text(xml: &mut Xml, name: &str, text: &str) -> io::Result<()> {
    xml.create_element(name)
        .write_text_content(BytesText::new(&allowed(text)))?;
    Ok(())
}

/// `services/web.yaml:5:3 error unknown-field Deployment/web spec.replica: …`
fn line(finding: &Finding) -> String {
    let mut words: Vec<String> = place(finding).into_iter().collect();
    words.push(severity(finding).to_owned());
    words.push(finding.id.to_owned());
    words.extend(subject(finding));
    format!("{}: {}", words.join(" "), message(finding))
}

/// How many cases came to what.
#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case<'a>>) -> Self {
        let mut counts = Self::default();
        for case in cases {
            counts.tests += 1;
            match case.came {
                Came::Passed => {}
                Came::Failed => counts.failures += 1,
                Came::NotJudged(_) => counts.errors += 1,
                Came::Waived(_) => counts.skipped += 1,
            }
        }
        counts
    }

    fn on<'a>(
        &self,
        element: quick_xml::writer::ElementWriter<'a, Vec<u8>>,
    ) -> quick_xml::writer::ElementWriter<'a, Vec<u8>> {
        [
            ("tests", self.tests),
            ("failures", self.failures),
            ("errors", self.errors),
            ("skipped", self.skipped),
        ]
        .into_iter()
        .fold(element, |element, (name, count)| {
            element.with_attribute((name, count.to_string().as_str()))
        })
    }
}

/// What XML 1.0 can hold (section 2.2); there is no way to write the rest.
fn allowed(text: &str) -> String {
    let is = |letter: char| {
        matches!(letter, '\t' | '\n' | '\r')
            || (letter >= ' ' && !matches!(letter, '\u{fffe}' | '\u{ffff}'))
    };
    text.chars()
        .map(|letter| if is(letter) { letter } else { '\u{fffd}' })
        .collect()
}

/// For an attribute, in which a line break is a space anyhow.
fn word(text: &str) -> String {
    allowed(text).replace(['\n', '\r', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use quick_xml::events::Event;

    use super::super::examples;
    use super::*;

    #[test]
    fn a_suite_is_a_check_and_a_case_an_object() {
        insta::assert_snapshot!(document(&examples::report()).unwrap());
    }

    #[test]
    fn whatever_is_in_a_manifest_stays_text() {
        let document = document(&examples::hostile()).unwrap();
        let mut reader = quick_xml::Reader::from_str(&document);
        let mut names = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) | Event::Empty(start) => {
                    names.push(start.name().as_ref().to_owned());
                }
                Event::Eof => break,
                _ => {}
            }
        }
        names.sort();
        names.dedup();
        assert_eq!(
            names,
            [
                "failure",
                "system-out",
                "testcase",
                "testsuite",
                "testsuites"
            ]
        );
        assert!(!document.contains('\u{1b}') && !document.contains('\0'));
    }
}
