use std::{
    fmt::Write as _,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::{ComponentError, Module, Program, cache::make_once, progress::Progress};

/// Builds `program`, the `main` of `package`, into the file `target`.
pub(super) fn build(
    program: Program,
    package: &str,
    module: &Module,
    target: &Path,
    progress: Progress,
) -> Result<(), ComponentError> {
    let step = progress.step(format!(
        "building {program} {}, once for this machine",
        module.version()
    ));
    make_once(target, |output| {
        let mut command = go(module);
        command
            .env("CGO_ENABLED", "0")
            .args(["build", "-trimpath", "-buildvcs=false", "-ldflags"])
            .arg(linker_flags(module))
            .args(tags(module))
            .arg("-o")
            .arg(output)
            .arg(package);
        run(command, || format!("build {program}")).map(drop)
    })?;
    step.done(&format!("built {program} {}", module.version()));
    Ok(())
}

/// Where the source of the module's program is on this machine; downloads it if it is not there.
pub(crate) fn source_folder(module: &Module) -> Result<PathBuf, ComponentError> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Download {
        dir: PathBuf,
    }
    let mut command = go(module);
    command.args(["mod", "download", "-json", module.required()]);
    let output = run(command, || format!("download {}", module.required()))?;
    let download: Download =
        serde_json::from_slice(&output.stdout).map_err(ComponentError::ReadDownload)?;
    Ok(download.dir)
}

fn go(module: &Module) -> Command {
    let mut command = Command::new("go");
    command.current_dir(module.directory()).env("GOWORK", "off");
    command
}

/// Small programs (and see [`tags`]), for Kubernetes and Velero the version that they tell each other, and for Helm its own: a
/// plain `go build` leaves them at v0.0.0, empty and v4.2.
fn linker_flags(module: &Module) -> String {
    let mut flags = String::from("-s -w");
    if module.name() == "kubernetes" {
        let version = module.version();
        let mut numbers = version.trim_start_matches('v').split('.');
        let values = [
            ("gitVersion", version),
            ("gitMajor", numbers.next().unwrap_or_default()),
            ("gitMinor", numbers.next().unwrap_or_default()),
        ];
        for (name, value) in values {
            let _ = write!(flags, " -X k8s.io/component-base/version.{name}={value}");
        }
    }
    if module.name() == "helm" {
        let version = module.version();
        let _ = write!(
            flags,
            " -X helm.sh/helm/v4/internal/version.version={version}"
        );
    }
    if module.name() == "velero" {
        let version = module.version();
        let values = [
            (
                "github.com/vmware-tanzu/velero/pkg/buildinfo.Version",
                version,
            ),
            // It would listen on port 8080 besides, without a flag against it, so that only one could run at a time.
            (
                "sigs.k8s.io/controller-runtime/pkg/metrics/server.DefaultBindAddress",
                "0",
            ),
        ];
        for (name, value) in values {
            let _ = write!(flags, " -X {name}={value}");
        }
    }
    if module.name() == "argocd-windows" {
        flags.push_str(" -checklinkname=0");
    }
    flags
}

/// Our own program sets the clock of its runtime, which the linker must not forbid and the runtime must be built for.
fn tags(module: &Module) -> &'static [&'static str] {
    match module.name() {
        "argocd-windows" => &["-tags", "faketime"],
        _ => &[],
    }
}

/// Runs a program of the build; `what` names the operation for the error.
pub(crate) fn run(
    mut command: Command,
    what: impl FnOnce() -> String,
) -> Result<Output, ComponentError> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(output),
        Ok(output) => Err(ComponentError::Failed {
            what: what(),
            status: output.status,
            output: last_lines(&String::from_utf8_lossy(&output.stderr)),
        }),
        Err(source) if source.kind() == ErrorKind::NotFound && command.get_program() == "go" => {
            Err(ComponentError::NoGo { what: what() })
        }
        Err(source) => Err(ComponentError::Run {
            what: what(),
            source,
        }),
    }
}

/// The end of a program's output: enough to see why it failed.
fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubernetes_is_told_its_version() {
        let flags = linker_flags(&Module::of(Program::Kubectl).unwrap());
        let version = Module::of(Program::Kubectl).unwrap().version().to_owned();
        assert!(flags.contains(&format!("version.gitVersion={version}")));
        assert!(flags.contains("version.gitMajor=1 "));
        assert_eq!(linker_flags(&Module::of(Program::Etcd).unwrap()), "-s -w");
    }

    #[test]
    fn a_missing_go_says_what_to_do() {
        let mut command = Command::new("go");
        command.env("PATH", "/nonexistent");
        let error = run(command, || "build etcd".to_owned()).unwrap_err();
        assert!(error.to_string().contains("install Go"), "{error}");
    }

    #[test]
    fn a_failed_build_shows_the_end_of_its_output() {
        let mut command = go(&Module::of(Program::Etcd).unwrap());
        command.args(["build", "no.such.example/package"]);
        let error = run(command, || "build nothing".to_owned()).unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with("build nothing failed"), "{text}");
        assert!(text.contains("no.such.example/package"), "{text}");
    }
}
