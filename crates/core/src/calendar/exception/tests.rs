//! What somebody relies on who lets a change through a freeze.

use super::*;
use crate::approval::People;
use crate::calendar::{EntrySpec, Passes, Subject};
use crate::change::ChangeType;

const UNTIL: &str = "2026-12-20T12:00";
const NOW: &str = "2026-12-19T12:00:00Z";

fn spec() -> ExceptionSpec {
    ExceptionSpec {
        name: "tax-table".into(),
        freeze: "year-end".into(),
        change: "CHG-1234".into(),
        reason: "The tax table changes on the 1st of January".into(),
        until: UNTIL.into(),
    }
}

fn calendar_with(specs: &[ExceptionSpec], by: Option<&str>, zone: &str) -> Calendar {
    let freeze = |name: &str| EntrySpec {
        from: Some("2026-12-18T18:00".into()),
        to: Some("2027-01-04T06:00".into()),
        ..EntrySpec::new(name, Effect::Deny, "Europe/Zurich")
    };
    let entries = [freeze("year-end"), freeze("twin"), freeze("twin")];
    Calendar::parse("production", &entries[..1])
        .with_twins(&entries[1..])
        .with_exceptions(specs, by, zone)
}

impl Calendar {
    fn with_twins(mut self, specs: &[EntrySpec]) -> Self {
        let elsewhere = specs.iter().map(|spec| EntrySpec {
            namespaces: vec!["elsewhere".into()],
            ..spec.clone()
        });
        let specs: Vec<EntrySpec> = elsewhere.collect();
        self.entries.extend(Self::parse("", &specs).entries);
        self
    }
}

fn calendar() -> Calendar {
    calendar_with(&[spec()], Some("sre-lead"), "Europe/Zurich")
}

fn approval(approver: &str, groups: &[&str]) -> ExceptionApproval {
    ExceptionApproval {
        calendar: "production".into(),
        exception: "tax-table".into(),
        digest: calendar().exceptions.usable().next().unwrap().digest,
        approver: approver.into(),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

struct Origin {
    people: People,
    authors: Vec<String>,
    requester: &'static str,
    protected: bool,
}

impl Origin {
    fn new() -> Self {
        let lists = [vec!["lea".to_owned(), "lea@example.com".to_owned()]];
        Self {
            people: People::new(lists.iter().map(Vec::as_slice)),
            authors: vec!["marc@example.com".to_owned()],
            requester: "dana@example.com",
            protected: true,
        }
    }

    fn asks(&self, approvals: &[ExceptionApproval], now: &str) -> Verdict {
        let asking = Asking {
            change: "chg-1234",
            requester: self.requester,
            authors: &self.authors,
            people: &self.people,
            protected: self.protected,
        };
        granted(&calendar(), &asking, approvals, now.parse().unwrap())
    }
}

fn refused(verdict: &Verdict) -> String {
    assert_eq!(verdict.granted, []);
    let refused: Vec<String> = verdict.refused.iter().map(ToString::to_string).collect();
    refused.join(" | ")
}

#[test]
fn somebody_of_the_group_grants_it() {
    for approver in ["lea", "lea@example.com", "jo@example.com"] {
        let verdict = Origin::new().asks(&[approval(approver, &["dev", "sre-lead"])], NOW);
        assert_eq!(verdict.refused, []);
        let [granted] = &verdict.granted[..] else {
            panic!("{verdict:?}")
        };
        assert_eq!(granted.until, "2026-12-20T11:00:00Z".parse().unwrap());
        assert_eq!(&*granted.freeze, "year-end");
    }
}

#[test]
fn what_does_not_count_says_why() {
    let lead = &["sre-lead"][..];
    let edited = ExceptionApproval {
        digest: calendar_with(
            &[ExceptionSpec {
                until: "2026-12-31T12:00".into(),
                ..spec()
            }],
            Some("sre-lead"),
            "Europe/Zurich",
        )
        .exceptions
        .usable()
        .next()
        .unwrap()
        .digest,
        ..approval("lea", lead)
    };
    let elsewhere = ExceptionApproval {
        calendar: "staging".into(),
        ..approval("lea", lead)
    };
    let robot = approval("system:serviceaccount:ci:robot@example.com", lead);
    for (approvals, reason) in [
        (vec![], "nobody of sre-lead has approved it"),
        (vec![elsewhere], "nobody of sre-lead has approved it"),
        (
            vec![approval("lea", &["dev"])],
            "lea approved it and is not in sre-lead",
        ),
        (vec![edited], "lea approved it before it was edited"),
        (
            vec![approval("Dana@example.com", lead)],
            "Dana@example.com approved it and asked for the change",
        ),
        (
            vec![approval("marc@example.com", lead)],
            "marc@example.com approved it and wrote a commit of the change",
        ),
        (
            vec![approval("jo", lead)],
            "jo approved it and is nobody that the policy knows as a person",
        ),
        (
            vec![robot],
            "system:serviceaccount:ci:robot@example.com approved it and is nobody that the policy knows as a person",
        ),
        (
            vec![approval("jo", lead), approval("jo", lead)],
            "jo approved it and is nobody that the policy knows as a person",
        ),
        (
            vec![approval("marc@example.com", lead), approval("jo", lead)],
            "marc@example.com approved it and wrote a commit of the change; jo approved it and is nobody that the policy knows as a person",
        ),
    ] {
        let verdict = Origin::new().asks(&approvals, NOW);
        assert_eq!(
            refused(&verdict),
            format!("exception tax-table does not count: {reason}")
        );
    }
    let good = [approval("lea", lead)];
    let unknown = "exception tax-table does not count: lea approved it and cannot be told from whoever asked for or wrote the change";
    let nobody = Origin {
        requester: "dana",
        ..Origin::new()
    };
    assert_eq!(refused(&nobody.asks(&good, NOW)), unknown);
    let author = Origin {
        authors: vec![String::new()],
        ..Origin::new()
    };
    assert_eq!(refused(&author.asks(&good, NOW)), unknown);
    let open = Origin {
        protected: false,
        ..Origin::new()
    };
    assert_eq!(
        refused(&open.asks(&good, NOW)),
        "exception tax-table does not count: no approval counts while the policies that prove who signed are missing or altered"
    );
    assert_eq!(
        refused(&Origin::new().asks(&good, "2026-12-20T11:00:00Z")),
        "exception tax-table does not count: it is over since Sun 2026-12-20 12:00 CET"
    );
}

#[test]
fn another_change_has_no_part_in_it() {
    let people = People::default();
    let asking = Asking {
        change: "chg-12345",
        requester: "dana@example.com",
        authors: &[],
        people: &people,
        protected: true,
    };
    let verdict = granted(
        &calendar(),
        &asking,
        &[approval("jo@example.com", &["sre-lead"])],
        NOW.parse().unwrap(),
    );
    assert_eq!(verdict, Verdict::default());
}

#[test]
fn any_edit_makes_another_digest() {
    let of = |spec: ExceptionSpec, zone: &str| {
        let calendar = calendar_with(&[spec], Some("g"), zone);
        calendar.exceptions.usable().next().unwrap().digest
    };
    let zone = "Europe/Zurich";
    let original = of(spec(), zone);
    for edited in [
        ExceptionSpec {
            name: "other".into(),
            ..spec()
        },
        ExceptionSpec {
            change: "CHG-1235".into(),
            ..spec()
        },
        ExceptionSpec {
            reason: "Because".into(),
            ..spec()
        },
        ExceptionSpec {
            until: "2026-12-20T12:01".into(),
            ..spec()
        },
    ] {
        assert_ne!(of(edited, zone), original);
    }
    assert_ne!(of(spec(), "UTC"), original, "another zone moves the end");
    let same = ExceptionSpec {
        until: "2026-12-20T11:00Z".into(),
        ..spec()
    };
    assert_eq!(of(same, zone), original, "the same instant");
    // To the byte, so that other programs can make it too.
    let array = "[\"tidegate.dev/exception\",\"production\",\"tax-table\",\"year-end\",\"CHG-1234\",\
        \"The tax table changes on the 1st of January\",\"2026-12-20T11:00:00Z\"]";
    assert_eq!(
        original.to_string(),
        Digest::of(array.as_bytes()).to_string()
    );
}

#[test]
fn a_broken_exception_opens_nothing_and_shuts_nothing() {
    for (spec, by, zone, expected) in [
        (
            ExceptionSpec {
                freeze: "yearend".into(),
                ..spec()
            },
            Some("g"),
            "UTC",
            "exception tax-table: the calendar has no freeze yearend",
        ),
        (
            ExceptionSpec {
                freeze: "twin".into(),
                ..spec()
            },
            Some("g"),
            "UTC",
            "exception tax-table: the calendar has several freezes twin",
        ),
        (
            ExceptionSpec {
                until: "tomorrow".into(),
                ..spec()
            },
            Some("g"),
            "UTC",
            "exception tax-table: `until: tomorrow` is not usable: a moment is written like `2026-12-18T18:00`, with an offset such as `+01:00` or `Z` if it is not local",
        ),
        (
            ExceptionSpec {
                reason: " ".into(),
                ..spec()
            },
            Some("g"),
            "UTC",
            "exception tax-table: `reason` is empty",
        ),
        (
            spec(),
            None,
            "UTC",
            "exception tax-table: nobody can approve it until `exceptionsBy` names a group",
        ),
        (
            spec(),
            Some("g"),
            "Nowhere",
            "exception tax-table: time zone `Nowhere` does not exist",
        ),
    ] {
        let calendar = calendar_with(&[spec], by, zone);
        let errors: Vec<String> = calendar
            .exceptions
            .broken()
            .map(ToString::to_string)
            .collect();
        assert_eq!(errors, [expected]);
        let subject = Subject {
            cluster: "prod",
            namespace: "production",
            name: Some("api"),
            labels: None,
            kind: ChangeType::Normal,
        };
        let open = |at: &str| {
            calendar
                .decision(&subject, Passes::default(), at.parse().unwrap())
                .is_open()
        };
        assert!(open("2026-12-01T00:00Z"));
        assert!(!open("2026-12-19T00:00Z"));
    }
    let twice = calendar_with(&[spec(), spec()], Some("g"), "UTC");
    let errors: Vec<String> = twice.exceptions.broken().map(ToString::to_string).collect();
    assert_eq!(errors, ["exception tax-table: another one has this name"]);
}
