use super::{Ended, Process};

/// Running programs that talk to each other; stopped in the reverse order of their names `N` on drop, so that none is
/// without one that it needs.
#[derive(Debug)]
pub(crate) struct Processes<N> {
    running: Vec<(N, Process)>,
}

impl<N: Copy + Ord> Processes<N> {
    pub(crate) const fn none() -> Self {
        Self {
            running: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, name: N, process: Process) {
        self.running.push((name, process));
        self.running.sort_by_key(|(name, _)| *name);
    }

    pub(crate) fn remove(&mut self, name: N) -> Option<Process> {
        let index = self
            .running
            .iter()
            .position(|(running, _)| *running == name)?;
        Some(self.running.remove(index).1)
    }

    pub(crate) fn contains(&self, name: N) -> bool {
        self.running.iter().any(|(running, _)| *running == name)
    }

    /// An error if one of them has ended, with its name.
    pub(crate) fn check(&mut self) -> Result<(), (N, Ended)> {
        self.running
            .iter_mut()
            .try_for_each(|(name, process)| process.check().map_err(|ended| (*name, ended)))
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = (N, u32)> {
        self.running
            .iter()
            .map(|(name, process)| (*name, process.id()))
    }
}

impl<N> Drop for Processes<N> {
    fn drop(&mut self) {
        while let Some(process) = self.running.pop() {
            drop(process);
        }
    }
}
