//! Points on a time line, to the nanosecond.

use jiff::Timestamp;

const BILLION: i64 = 1_000_000_000;

/// An instant, or a reading of a wall clock as if it were one, since the start
/// of 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) second: i64,
    /// Less than a billion.
    nanosecond: i64,
}

impl Moment {
    pub(super) const fn of_second(second: i64) -> Self {
        Self {
            second,
            nanosecond: 0,
        }
    }

    pub(super) fn of(at: Timestamp) -> Self {
        let nanosecond = i64::from(at.subsec_nanosecond());
        // Before 1970 it counts backwards.
        Self::of_second(at.as_second()).plus(nanosecond)
    }

    pub(super) fn plus(self, nanoseconds: i64) -> Self {
        let nanosecond = self.nanosecond + nanoseconds % BILLION;
        Self {
            second: self.second + nanoseconds / BILLION + nanosecond.div_euclid(BILLION),
            nanosecond: nanosecond.rem_euclid(BILLION),
        }
    }

    pub(super) fn plus_seconds(self, seconds: i64) -> Self {
        Self {
            second: self.second + seconds,
            ..self
        }
    }

    /// `None` beyond the times that can be written.
    pub(super) fn timestamp(self) -> Option<Timestamp> {
        Timestamp::new(self.second, i32::try_from(self.nanosecond).ok()?).ok()
    }

    /// The whole minutes that are over before this; one that begins here is not.
    pub(super) fn minute_before(self) -> i64 {
        let second = self.second - i64::from(self.nanosecond == 0);
        second.div_euclid(60)
    }

    /// The first whole second at or after this.
    pub(super) fn second_from(self) -> i64 {
        self.second + i64::from(self.nanosecond > 0)
    }
}
