use std::{collections::BTreeMap, fs, io, path::PathBuf, time::Duration};

/// How long each unit took when it last ran on this machine: those that take longest are begun first, so that none of
/// them is left over at the end.
#[derive(Debug, Default)]
pub(super) struct Durations {
    seconds: BTreeMap<String, u64>,
    /// None: they are forgotten.
    file: Option<PathBuf>,
}

impl Durations {
    /// What was written there; nothing if that cannot be read, since it only gives an order.
    pub(super) fn read(file: PathBuf) -> Self {
        let text = fs::read(&file).unwrap_or_default();
        Self {
            seconds: serde_json::from_slice(&text).unwrap_or_default(),
            file: Some(file),
        }
    }

    /// How long it took, in whole seconds; a test that nobody has seen yet may be a long one.
    pub(super) fn of(&self, unit: &str) -> u64 {
        self.seconds.get(unit).copied().unwrap_or(u64::MAX)
    }

    pub(super) fn set(&mut self, unit: String, took: Duration) {
        self.seconds.insert(unit, took.as_secs());
    }

    pub(super) fn write(&self) -> io::Result<()> {
        match &self.file {
            Some(file) => fs::write(file, serde_json::to_vec_pretty(&self.seconds)?),
            None => Ok(()),
        }
    }
}
