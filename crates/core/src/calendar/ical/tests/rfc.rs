//! The examples of RFC 5545, section 3.8.5.3, that are not MINUTELY.

use jiff::civil::DateTime;

use super::super::expand::{Budget, starts};
use super::super::rule::Rule;
use super::zone;

/// The first starts of a rule in New York, as many as `most`.
pub(super) fn first(rule: &str, start: DateTime, most: usize) -> Vec<DateTime> {
    let rule = Rule::parse(rule, false).unwrap();
    let mut found = Vec::new();
    let stop = starts(
        &rule,
        start,
        &zone("America/New_York"),
        &mut Budget::new(),
        |at| {
            found.push(at);
            if found.len() < most {
                Ok(())
            } else {
                Err(super::FeedProblem::TooMany)
            }
        },
    );
    assert!(stop.is_ok() || found.len() == most, "{stop:?}");
    found
}

/// Start, rule, and the days at 09:00; `…` where the example goes on.
const EXAMPLES: &str = "
19970902 | FREQ=DAILY;COUNT=10 | 1997-09: 2 3 4 5 6 7 8 9 10 11
19970902 | FREQ=DAILY;INTERVAL=2 | 1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30 | 1997-10: 2 4 …
19970902 | FREQ=DAILY;INTERVAL=10;COUNT=5 | 1997-09: 2 12 22 | 1997-10: 2 12
19970902 | FREQ=WEEKLY;COUNT=10 | 1997-09: 2 9 16 23 30 | 1997-10: 7 14 21 28 | 1997-11: 4
19970902 | FREQ=WEEKLY;UNTIL=19971224T000000Z | 1997-09: 2 9 16 23 30 | 1997-10: 7 14 21 28 | 1997-11: 4 11 18 25 | 1997-12: 2 9 16 23
19970902 | FREQ=WEEKLY;INTERVAL=2;WKST=SU | 1997-09: 2 16 30 | 1997-10: 14 28 | 1997-11: 11 25 | 1997-12: 9 23 | 1998-01: 6 20 | 1998-02: 3 17 …
19970902 | FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH | 1997-09: 2 4 9 11 16 18 23 25 30 | 1997-10: 2
19970902 | FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH | 1997-09: 2 4 9 11 16 18 23 25 30 | 1997-10: 2
19970901 | FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR | 1997-09: 1 3 5 15 17 19 29 | 1997-10: 1 3 13 15 17 27 29 31 | 1997-11: 10 12 14 24 26 28 | 1997-12: 8 10 12 22
19970902 | FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH | 1997-09: 2 4 16 18 30 | 1997-10: 2 14 16
19970905 | FREQ=MONTHLY;COUNT=10;BYDAY=1FR | 1997-09: 5 | 1997-10: 3 | 1997-11: 7 | 1997-12: 5 | 1998-01: 2 | 1998-02: 6 | 1998-03: 6 | 1998-04: 3 | 1998-05: 1 | 1998-06: 5
19970905 | FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR | 1997-09: 5 | 1997-10: 3 | 1997-11: 7 | 1997-12: 5
19970907 | FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU | 1997-09: 7 28 | 1997-11: 2 30 | 1998-01: 4 25 | 1998-03: 1 29 | 1998-05: 3 31
19970922 | FREQ=MONTHLY;COUNT=6;BYDAY=-2MO | 1997-09: 22 | 1997-10: 20 | 1997-11: 17 | 1997-12: 22 | 1998-01: 19 | 1998-02: 16
19970928 | FREQ=MONTHLY;BYMONTHDAY=-3 | 1997-09: 28 | 1997-10: 29 | 1997-11: 28 | 1997-12: 29 | 1998-01: 29 | 1998-02: 26 …
19970902 | FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15 | 1997-09: 2 15 | 1997-10: 2 15 | 1997-11: 2 15 | 1997-12: 2 15 | 1998-01: 2 15
19970930 | FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1 | 1997-09: 30 | 1997-10: 1 31 | 1997-11: 1 30 | 1997-12: 1 31 | 1998-01: 1 31 | 1998-02: 1
19970910 | FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15 | 1997-09: 10 11 12 13 14 15 | 1999-03: 10 11 12 13
19970902 | FREQ=MONTHLY;INTERVAL=2;BYDAY=TU | 1997-09: 2 9 16 23 30 | 1997-11: 4 11 18 25 | 1998-01: 6 13 20 27 | 1998-03: 3 10 17 24 31 …
19970610 | FREQ=YEARLY;COUNT=10;BYMONTH=6,7 | 1997-06: 10 | 1997-07: 10 | 1998-06: 10 | 1998-07: 10 | 1999-06: 10 | 1999-07: 10 | 2000-06: 10 | 2000-07: 10 | 2001-06: 10 | 2001-07: 10
19970310 | FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3 | 1997-03: 10 | 1999-01: 10 | 1999-02: 10 | 1999-03: 10 | 2001-01: 10 | 2001-02: 10 | 2001-03: 10 | 2003-01: 10 | 2003-02: 10 | 2003-03: 10
19970101 | FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200 | 1997-01: 1 | 1997-04: 10 | 1997-07: 19 | 2000-01: 1 | 2000-04: 9 | 2000-07: 18 | 2003-01: 1 | 2003-04: 10 | 2003-07: 19 | 2006-01: 1
19970519 | FREQ=YEARLY;BYDAY=20MO | 1997-05: 19 | 1998-05: 18 | 1999-05: 17 …
19970512 | FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO | 1997-05: 12 | 1998-05: 11 | 1999-05: 17 …
19970313 | FREQ=YEARLY;BYMONTH=3;BYDAY=TH | 1997-03: 13 20 27 | 1998-03: 5 12 19 26 | 1999-03: 4 11 18 25 …
19970605 | FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8 | 1997-06: 5 12 19 26 | 1997-07: 3 10 17 24 31 | 1997-08: 7 14 21 28 | 1998-06: 4 11 18 25 | 1998-07: 2 9 16 23 30 | 1998-08: 6 13 20 27 …
19970902 | FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13 | 1998-02: 13 | 1998-03: 13 | 1998-11: 13 | 1999-08: 13 | 2000-10: 13 …
19970913 | FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13 | 1997-09: 13 | 1997-10: 11 | 1997-11: 8 | 1997-12: 13 | 1998-01: 10 | 1998-02: 7 | 1998-03: 7 | 1998-04: 11 | 1998-05: 9 | 1998-06: 13 …
19961105 | FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8 | 1996-11: 5 | 2000-11: 7 | 2004-11: 2 …
19970904 | FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3 | 1997-09: 4 | 1997-10: 7 | 1997-11: 6
19970929 | FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2 | 1997-09: 29 | 1997-10: 30 | 1997-11: 27 | 1997-12: 30 | 1998-01: 29 | 1998-02: 26 | 1998-03: 30 …
19970805 | FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO | 1997-08: 5 10 19 24
19970805 | FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU | 1997-08: 5 17 19 31
20070115 | FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5 | 2007-01: 15 30 | 2007-02: 15 | 2007-03: 15 30
";

#[test]
fn the_examples_give_the_days_that_the_rfc_lists() {
    for example in EXAMPLES.lines().filter(|line| !line.is_empty()) {
        let mut columns = example.split(" | ");
        let start = columns.next().unwrap();
        let rule = columns.next().unwrap();
        let mut goes_on = false;
        let mut expected = Vec::new();
        for column in columns {
            let (month, days) = column.split_once(": ").unwrap();
            for day in days.split(' ') {
                if day == "…" {
                    goes_on = true;
                } else {
                    expected.push(format!("{month}-{day:0>2}T09:00:00"));
                }
            }
        }
        let (start, _, _) = super::super::stamp::read(&format!("{start}T090000")).unwrap();
        let most = expected.len() + usize::from(!goes_on);
        let found: Vec<String> = first(rule, start, most)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn the_examples_with_many_starts_have_as_many_as_the_rfc_lists() {
    let count = |rule, start: &str| first(rule, start.parse().unwrap(), 10_000).len();
    assert_eq!(
        count("FREQ=DAILY;UNTIL=19971224T000000Z", "1997-09-02T09:00"),
        113,
        "to the 23rd of December"
    );
    for rule in [
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
    ] {
        assert_eq!(
            count(rule, "1998-01-01T09:00"),
            93,
            "every day of three Januaries"
        );
    }
}

#[test]
fn the_examples_with_times_of_day_give_those_times() {
    let times = |rule, most| -> Vec<String> {
        let starts = first(rule, "1997-09-02T09:00".parse().unwrap(), most);
        starts
            .iter()
            .map(|at| at.strftime("%d %H:%M").to_string())
            .collect()
    };
    // As corrected by erratum 3883: the RFC prints 17:00 UTC.
    assert_eq!(
        times("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z", 9),
        ["02 09:00", "02 12:00", "02 15:00"]
    );
    let daily = times(
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        26,
    );
    assert_eq!(daily[..4], ["02 09:00", "02 09:20", "02 09:40", "02 10:00"]);
    assert_eq!(
        daily[22..],
        ["02 16:20", "02 16:40", "03 09:00", "03 09:20"]
    );
}
