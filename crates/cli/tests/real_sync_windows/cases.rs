//! Questions that anybody might ask, and those nobody would.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde::Serialize;
use tidegate_core::sync_window::{Application, SyncWindow, SyncWindows, Trigger};

use crate::random::Random;

/// Questions are about 1970 to 2099.
pub(crate) const LAST_SECOND: i64 = 4_102_444_800;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// What may stand as a time zone.
pub(crate) const ZONES: [&str; 26] = [
    "",
    "UTC",
    "Local",
    "America/New_York",
    "Europe/London",
    "Europe/Zurich",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "America/Nuuk",
    "America/Santiago",
    "Asia/Tehran",
    "Asia/Gaza",
    "Africa/Cairo",
    "Africa/Monrovia",
    "Antarctica/Troll",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Asia/Beirut",
    "Etc/GMT+5",
    "EST5EDT",
    "Nowhere/Nothing",
    "europe/zurich",
    "../Europe/Zurich",
];

/// Schedules that never fire.
pub(crate) const NEVER: [&str; 7] = [
    "0 0 30 2 *",
    "0 0 31 2,4,6 *",
    "0 , * * *",
    "0 0 , * *",
    "0 0 * , *",
    "0 0 * * ,",
    ", 0 1 1 *",
];

/// Questions about one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Case {
    pub(crate) windows: Vec<SyncWindow>,
    pub(crate) name: String,
    pub(crate) destination: Destination,
    pub(crate) asked: Vec<Asked>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Destination {
    pub(crate) name: String,
    pub(crate) server: String,
    pub(crate) namespace: String,
}

/// Times are nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Asked {
    pub(crate) at: i64,
    pub(crate) manual: bool,
    pub(crate) started: Option<i64>,
    /// Which windows are active is asked for as well.
    pub(crate) active: bool,
}

impl Case {
    pub(crate) fn application(&self) -> Application {
        Application {
            name: self.name.clone(),
            destination_namespace: self.destination.namespace.clone(),
            destination_name: self.destination.name.clone(),
            destination_server: self.destination.server.clone(),
        }
    }
}

/// Up to four windows and ten questions.
pub(crate) fn any(random: &mut Random) -> Case {
    let zone = random.pick(&ZONES);
    let number = [1, 1, 1, 2, 2, 3, 4][usize::try_from(random.below(7)).unwrap()];
    let mut case = Case {
        windows: (0..number).map(|_| window(random, zone)).collect(),
        name: name(random),
        destination: Destination {
            name: random
                .pick(&["", "prod-eu", "prod-us", "in-cluster"])
                .to_owned(),
            server: random
                .pick(&[
                    "",
                    "https://kubernetes.default.svc",
                    "https://10.0.0.1:6443",
                ])
                .to_owned(),
            namespace: random
                .pick(&["", "production", "staging", "team-a"])
                .to_owned(),
        },
        asked: Vec::new(),
    };
    let mut times = vec![time(random, zone)];
    // The edges of one of the windows.
    let picked = usize::try_from(random.below(number)).unwrap();
    let alone = SyncWindow {
        kind: "allow".to_owned(),
        applications: vec!["*".to_owned()],
        and_operator: false,
        ..case.windows[picked].clone()
    };
    let alone = SyncWindows::load(&[alone]);
    let application = case.application();
    let mut from = times[0];
    for _ in 0..2 {
        let decision = alone.decision(&application, Trigger::Automatic, None, timestamp(from));
        let Some(edge) = decision.next_opening.or(decision.closes_at) else {
            break;
        };
        let edge = nanosecond(edge);
        if edge > (LAST_SECOND - 1) * SECOND {
            break;
        }
        times.extend([edge - 1, edge, edge + 1]);
        from = edge + 1;
    }
    while times.len() < 10 {
        let minute = time(random, zone) / MINUTE * MINUTE;
        times.push((minute + random.between(-1, 1)).max(0));
    }
    for at in times.iter().copied() {
        let started = random.chance(40).then(|| {
            let at = if random.chance(30) { from } else { at };
            match random.below(4) {
                0 => at - random.below(48) * HOUR,
                1 => at - random.below(600) * MINUTE,
                2 => (at - random.below(48 * 60) * MINUTE) / HOUR * HOUR + random.between(-1, 1),
                _ => at - random.between(-2, 2),
            }
        });
        case.asked.push(Asked {
            at,
            manual: random.chance(40),
            started,
            active: random.chance(30),
        });
    }
    case
}

/// One question about an application with many patterns.
pub(crate) fn patterns(random: &mut Random) -> Case {
    let text = |random: &mut Random, alphabet: &[&str], longest| {
        let length = random.below(longest);
        (0..length)
            .map(|_| random.pick(alphabet))
            .collect::<String>()
    };
    let characters = ["a", "b", "c", "a", "-", "é", "\u{10348}"];
    let signs = [
        "a", "b", "c", "a", "b", "-", "*", "*", "?", "[", "]", "{", "}", ",", "!", "\\", "é",
        "[!a]", "[a-b]", "{a,b}", "**", "\0",
    ];
    let window = |pattern| SyncWindow {
        kind: "deny".to_owned(),
        schedule: "* * * * *".to_owned(),
        duration: "1h".to_owned(),
        applications: vec![pattern],
        ..SyncWindow::default()
    };
    let most = if random.chance(50) { 14 } else { 7 };
    Case {
        windows: (0..8).map(|_| window(text(random, &signs, most))).collect(),
        name: text(random, &characters, most),
        destination: Destination {
            name: String::new(),
            server: String::new(),
            namespace: String::new(),
        },
        asked: vec![Asked {
            at: SECOND,
            manual: false,
            started: None,
            active: false,
        }],
    }
}

fn window(random: &mut Random, zone: &str) -> SyncWindow {
    let list = |random: &mut Random, usual: &[&str], percent| {
        let number = if random.chance(percent) {
            random.between(1, 2)
        } else {
            0
        };
        (0..number).map(|_| pattern(random, usual)).collect()
    };
    SyncWindow {
        kind: match random.below(20) {
            0 => random.pick(&["", "Deny", "ALLOW", "deny ", "permit"]),
            1..=10 => "allow",
            _ => "deny",
        }
        .to_owned(),
        schedule: schedule(random),
        duration: duration(random),
        applications: if random.chance(60) {
            vec!["*".to_owned()]
        } else {
            list(
                random,
                &["api", "web-*", "*-prod", "team-?", "{api,web}*"],
                60,
            )
        },
        namespaces: list(random, &["production", "prod*", "{staging,team-*}"], 30),
        clusters: list(random, &["in-cluster", "prod-*", "https://*", "*:6443"], 30),
        manual_sync: random.chance(40),
        time_zone: if random.chance(60) {
            zone
        } else {
            random.pick(&ZONES)
        }
        .to_owned(),
        and_operator: random.chance(30),
        description: String::new(),
        sync_overrun: random.chance(50),
    }
}

fn name(random: &mut Random) -> String {
    let names = [
        "api",
        "a",
        "web-1",
        "team-a-prod",
        "shared-prod",
        "",
        "ä",
        "argocd/api",
    ];
    random.pick(&names).to_owned()
}

fn pattern(random: &mut Random, usual: &[&str]) -> String {
    if random.chance(70) {
        return random.pick(usual).to_owned();
    }
    let odd = [
        "*",
        "**",
        "?",
        "[!a]*",
        "[a-z]*",
        "[",
        "{a,b",
        "a{}",
        "\\*",
        "[z-a]",
        "{team-*,shared}-prod",
        "!api",
        "",
        "*a*",
        "a*a",
        "[!ab][!ab]i",
    ];
    random.pick(&odd).to_owned()
}

fn schedule(random: &mut Random) -> String {
    let fields = match random.below(100) {
        0..=1 => random
            .pick(&[
                "",
                " ",
                "0 0 * * 7",
                "60 * * * *",
                "0 24 * * *",
                "@daily",
                "* * * *",
                "* * * * * *",
                "0 0 1-0 * *",
                "a b c d e",
                "*/0 * * * *",
                "0 0 L * *",
                "1-2-3 * * * *",
                "0 0 0 * *",
                "0 0 * * mon-sun",
                "0 0 * january *",
                "1/2/3 * * * *",
                "-1 * * * *",
            ])
            .to_owned(),
        2 => random.pick(&NEVER).to_owned(),
        3 => random.pick(&["0 0 29 2 *", "* * 29 2 *"]).to_owned(),
        4..=69 => random
            .pick(&[
                "* * * * *",
                "*/5 * * * *",
                "*/15 9-17 * * MON-FRI",
                "0 0 * * *",
                "0 2 * * 2,4",
                "30 2 * * *",
                "30 1 * * *",
                "0 1 * * *",
                "0 3 * * *",
                "15 2 * * *",
                "* 10 * * *",
                "* 2 * * *",
                "0 22 * * fri,SAT",
                "0 8 * * 1-5",
                "0 0 1 * *",
                "0 0 31 * *",
                "0 0 13 * 5",
                "0 12 */2 * 1",
                "0 12 */2 * *",
                "0 12 * * */2",
                "0 12 ? * ?",
                "59 23 31 12 *",
                "0 0 1 1 *",
                "+5 007 * * *",
                "10/20 */3 * Mar-Oct *",
                "45 23 * * 0",
                "0 */6 * * *",
                "0 0 29 * 1",
                "30 0 * * *",
                "0 0 * 3,10,11 0",
                "0 0 ?/2 * sun",
            ])
            .to_owned(),
        _ => {
            let minute = field(random, 0, 59, &[]);
            let hour = field(random, 0, 23, &[]);
            let day = field(random, 1, 31, &[]);
            let month = field(random, 1, 12, &["jan", "MAR", "Oct", "dec"]);
            let weekday = field(random, 0, 6, &["sun", "Mon", "FRI", "sat"]);
            format!("{minute} {hour} {day} {month} {weekday}")
        }
    };
    match random.below(200) {
        // Argo CD's parser panics at a zone that nothing follows.
        0 if random.chance(40) => random.pick(&["TZ=UTC", "CRON_TZ=Asia/Tokyo"]).to_owned(),
        0 => format!(
            "{}{fields}",
            random.pick(&["TZ=", "CRON_TZ=", "TZ= ", "CRON_TZ=UTC", "TZ=UTC\t"])
        ),
        // Samoa skipped a day, on which Argo CD would go round in circles.
        1..=12 => {
            let prefix = random.pick(&["TZ=", "CRON_TZ="]);
            let zone = random.pick(&ZONES);
            let zone = if zone == "Pacific/Apia" {
                "Asia/Tokyo"
            } else {
                zone
            };
            format!("{prefix}{zone} {fields}")
        }
        _ => fields,
    }
}

fn field(random: &mut Random, least: i64, greatest: i64, names: &[&str]) -> String {
    let value = |random: &mut Random| {
        if !names.is_empty() && random.chance(30) {
            random.pick(names).to_owned()
        } else {
            random.between(least, greatest).to_string()
        }
    };
    let range = |random: &mut Random| {
        let (one, other) = (
            random.between(least, greatest),
            random.between(least, greatest),
        );
        format!("{}-{}", one.min(other), one.max(other))
    };
    match random.below(14) {
        0..=5 => "*".to_owned(),
        6 => "?".to_owned(),
        7..=8 => value(random),
        9 => range(random),
        10 => format!("*/{}", random.between(1, 9)),
        11 => format!("{}/{}", value(random), random.between(1, 20)),
        12 => format!("{},{}", value(random), range(random)),
        _ => format!(
            "{}/{},{}",
            range(random),
            random.between(1, 5),
            value(random)
        ),
    }
}

fn duration(random: &mut Random) -> String {
    let usual = [
        "1h",
        "30m",
        "1m",
        "24h",
        "2h30m",
        "90m",
        "1.5h",
        "4h",
        "10m",
        "59m",
        "36h",
        "168h",
        "20m",
        "1h1h",
        "59m59.999999999s",
        "8h",
        "12h",
    ];
    let odd = [
        "0",
        "0s",
        "-1h",
        "1ns",
        "2ns",
        "1µs",
        "30s",
        "8760h",
        "26280h",
        "43800h",
        "2562047h",
        "-2562047h",
        "100ms",
    ];
    let broken = ["", "1d", "8", "P1D", "1 h", "h", "2562048h"];
    match random.below(50) {
        0 => random.pick(&broken).to_owned(),
        1..=8 => random.pick(&odd).to_owned(),
        9..=18 => format!("{}m", random.between(1, 3_000)),
        _ => random.pick(&usual).to_owned(),
    }
}

/// At any time, or near a change of the zone's clock.
fn time(random: &mut Random, zone: &str) -> i64 {
    let second = random.below(LAST_SECOND - 1);
    let change = if random.chance(40) {
        change_after(zone, second)
    } else {
        None
    };
    match change {
        Some(change) => (change + random.between(-30_000, 30_000)).max(0) * SECOND,
        None => second * SECOND + random.below(SECOND),
    }
}

fn change_after(zone: &str, second: i64) -> Option<i64> {
    let zone: TimeZone = TimeZoneDatabase::bundled().get(zone).ok()?;
    let change = zone
        .following(Timestamp::from_second(second).unwrap())
        .next();
    let change = change.map(|change| change.timestamp().as_second());
    change.filter(|change| *change < LAST_SECOND - 40_000)
}

fn timestamp(nanosecond: i64) -> Timestamp {
    Timestamp::from_nanosecond(nanosecond.into()).unwrap()
}

fn nanosecond(at: Timestamp) -> i64 {
    at.as_nanosecond().try_into().unwrap()
}
