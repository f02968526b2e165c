//! Every history of a setting, the shortest first.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use super::action::{Action, enabled};
use super::oracle::Breach;
use super::setting::Setting;
use super::shell::Outcome;
use super::state::{Hand, Health, State};
use super::take::take;

/// More states than any setting here has. Beyond it the exploration would be
/// cut off, which is a failure.
const MOST: usize = 2_000_000;

/// What was explored without finding a broken invariant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Explored {
    pub(crate) states: usize,
    pub(crate) actions: usize,
    /// Actions in the longest of the shortest histories.
    pub(crate) depth: u32,
    /// Actions until everything that started has ended, once nothing goes wrong
    /// any more.
    pub(crate) longest_end: u32,
}

impl fmt::Display for Explored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} states, {} actions, {} deep; whatever starts ends within {} actions",
            self.states, self.actions, self.depth, self.longest_end
        )
    }
}

/// A broken invariant, with the shortest history that breaks it.
#[derive(Debug, Clone)]
pub(crate) struct Broken {
    pub(crate) invariant: u8,
    pub(crate) what: String,
    pub(crate) history: Vec<String>,
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "invariant {}: {}", self.invariant, self.what)?;
        for (position, line) in self.history.iter().enumerate() {
            writeln!(formatter, "{:4}. {line}", position + 1)?;
        }
        Ok(())
    }
}

/// A state that was reached, and how.
struct Reached {
    from: usize,
    by: Option<Action>,
    depth: u32,
    /// Where it leads when nothing goes wrong any more: with targets that
    /// recover, and with targets that stay as they are. None: nothing has
    /// started.
    calm: [Option<usize>; 2],
}

/// Goes through every state that can be reached.
///
/// # Errors
/// The first broken invariant.
pub(crate) fn explore(setting: &Setting) -> Result<Explored, Broken> {
    let first = State::first(setting);
    let mut known = BTreeMap::from([(first.fingerprint(), 0)]);
    let mut reached = vec![Reached {
        from: 0,
        by: None,
        depth: 0,
        calm: [None, None],
    }];
    let mut open = VecDeque::from([(0, first)]);
    let mut actions = 0;
    while let Some((from, state)) = open.pop_front() {
        let mut led = Vec::new();
        for action in enabled(setting, &state) {
            if waits(action) && state.now >= setting.last_edge && is_busy(&state, from, &led) {
                continue;
            }
            actions += 1;
            let next = match take(setting, &state, action) {
                Ok(next) => next,
                Err(breach) => return Err(broken(setting, &reached, from, &[action], breach)),
            };
            let position = *known.entry(next.fingerprint()).or_insert_with(|| {
                reached.push(Reached {
                    from,
                    by: Some(action),
                    depth: reached[from].depth + 1,
                    calm: [None, None],
                });
                open.push_back((reached.len() - 1, next));
                reached.len() - 1
            });
            led.push((action, position));
        }
        if state.is_started() {
            for (recovers, calm) in [true, false].into_iter().zip(0..) {
                let next = calmly(&state, from, &led, recovers);
                let Some((_, position)) = next else {
                    let what = "time has run out and it has not ended";
                    return Err(broken(setting, &reached, from, &[], Breach::new(3, what)));
                };
                reached[from].calm[calm] = Some(position);
            }
        }
        assert!(reached.len() < MOST, "the setting has too many states");
    }
    let longest_end = ends(setting, &reached)?;
    Ok(Explored {
        states: reached.len(),
        actions,
        depth: reached.iter().map(|one| one.depth).max().unwrap_or(0),
        longest_end,
    })
}

fn waits(action: Action) -> bool {
    matches!(action, Action::Advance(_))
}

/// The shell has something to do. Up to the last edge of a setting it may be
/// down for as long as it likes; after that, time passes only when it rests.
fn is_busy(state: &State, from: usize, led: &[(Action, usize)]) -> bool {
    let idle = |hand: &Hand| matches!(hand, Hand::Idle);
    state.actors.iter().any(|actor| !idle(&actor.hand))
        || led
            .iter()
            .any(|(action, to)| matches!(action, Action::Look(_)) && *to != from)
}

/// What comes next when nothing goes wrong any more: the shell goes on where
/// something is to do, then the world answers, then time passes.
fn calmly(
    state: &State,
    from: usize,
    led: &[(Action, usize)],
    recovers: bool,
) -> Option<(Action, usize)> {
    let works = |(action, _): &&(Action, usize)| match action {
        Action::Store(_) | Action::Begin(_) | Action::End(_) => true,
        Action::Perform(_, outcome) => *outcome == Outcome::Done,
        _ => false,
    };
    let looks = |(action, to): &&(Action, usize)| {
        let idle = |change: usize| matches!(state.actors[change].hand, Hand::Idle);
        matches!(action, Action::Look(change) if idle(*change)) && *to != from
    };
    let answers = |(action, _): &&(Action, usize)| {
        recovers
            && matches!(
                action,
                Action::Become(_, Health::Healthy) | Action::Answer { passed: true, .. }
            )
    };
    led.iter()
        .find(works)
        .or_else(|| led.iter().find(looks))
        .or_else(|| led.iter().find(answers))
        .or_else(|| led.iter().find(|(action, _)| waits(*action)))
        .copied()
}

/// From every state the calm way leads to an end. Answers with its greatest
/// length.
fn ends(setting: &Setting, reached: &[Reached]) -> Result<u32, Broken> {
    let mut longest = 0;
    for calm in 0..2 {
        let mut lengths: Vec<Option<u32>> = vec![None; reached.len()];
        for start in 0..reached.len() {
            let mut way = Vec::new();
            let mut at = start;
            let mut length = loop {
                if let Some(length) = lengths[at] {
                    break length;
                }
                if way.len() > reached.len() {
                    let what = "it goes round for ever although nothing goes wrong any more";
                    return Err(broken(setting, reached, start, &[], Breach::new(3, what)));
                }
                way.push(at);
                let Some(next) = reached[at].calm[calm] else {
                    lengths[at] = Some(0);
                    way.pop();
                    break 0;
                };
                at = next;
            };
            for passed in way.into_iter().rev() {
                length += 1;
                lengths[passed] = Some(length);
            }
            longest = longest.max(length);
        }
    }
    Ok(longest)
}

fn broken(
    setting: &Setting,
    reached: &[Reached],
    end: usize,
    last: &[Action],
    breach: Breach,
) -> Broken {
    let mut actions = Vec::new();
    let mut at = end;
    while let Some(action) = reached[at].by {
        actions.push(action);
        at = reached[at].from;
    }
    actions.reverse();
    actions.extend(last);
    Broken {
        invariant: breach.invariant,
        what: breach.what,
        history: history(setting, &actions),
    }
}

/// Tells what happened in lines that people read.
pub(crate) fn history(setting: &Setting, actions: &[Action]) -> Vec<String> {
    let mut state = State::first(setting);
    let mut lines = Vec::new();
    for action in actions {
        let next = take(setting, &state, *action).ok();
        lines.push(super::told::told(setting, &state, *action, next.as_ref()));
        if let Some(next) = next {
            state = next;
        }
    }
    lines
}
