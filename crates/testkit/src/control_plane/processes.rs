use std::ffi::OsString;

use super::{ControlPlaneError, layout::Layout};
use crate::{
    component::{Program, Programs},
    process::{Launch, Process},
};

/// The running programs; stopped in the reverse order of [`Program`] on drop.
#[derive(Debug, Default)]
pub(super) struct Processes {
    running: Vec<(Program, Process)>,
}

impl Processes {
    /// Starts `program`, whose home is the folder of the control plane.
    pub(super) fn start(
        &mut self,
        program: Program,
        programs: &Programs,
        layout: &Layout,
        arguments: Vec<OsString>,
    ) -> Result<(), ControlPlaneError> {
        let process = Process::start(Launch {
            executable: programs.path(program),
            arguments,
            environment: Vec::new(),
            home: layout.root(),
            log: layout.log(program),
        })
        .map_err(|source| ControlPlaneError::Spawn { program, source })?;
        self.running.push((program, process));
        self.running.sort_by_key(|(program, _)| *program);
        Ok(())
    }

    pub(super) fn remove(&mut self, program: Program) -> Option<Process> {
        let index = self
            .running
            .iter()
            .position(|(running, _)| *running == program)?;
        Some(self.running.remove(index).1)
    }

    pub(super) fn contains(&self, program: Program) -> bool {
        self.running.iter().any(|(running, _)| *running == program)
    }

    /// An error if one of them has ended.
    pub(super) fn check(&mut self) -> Result<(), ControlPlaneError> {
        self.running.iter_mut().try_for_each(|(program, process)| {
            process.check().map_err(|ended| ControlPlaneError::Ended {
                program: *program,
                status: ended.status,
                log: ended.log,
            })
        })
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = (Program, u32)> {
        self.running
            .iter()
            .map(|(program, process)| (*program, process.id()))
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        while let Some(process) = self.running.pop() {
            drop(process);
        }
    }
}
