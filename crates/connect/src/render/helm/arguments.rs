//! The arguments of `helm template`, in Argo CD's order (`template` in
//! `util/helm/cmd.go`).

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::Release;
use super::parameters::Parameters;
use super::value_file::Place;

/// One way to call `helm template`.
#[derive(Debug)]
pub(super) struct Call {
    name: String,
    namespace: String,
    kube_version: String,
    set: BTreeMap<String, String>,
    set_string: BTreeMap<String, String>,
    set_file: BTreeMap<String, PathBuf>,
    value_files: Vec<PathBuf>,
    /// Values that stand in the Application itself.
    values: Option<String>,
    api_versions: Vec<String>,
    flags: Vec<&'static str>,
}

impl Call {
    /// What Argo CD would call.
    ///
    /// # Errors
    ///
    /// A sentence, where nobody could say what it would call.
    pub(super) fn new(
        parameters: &Parameters,
        release: &Release<'_>,
        place: &Place,
    ) -> Result<Self, String> {
        let variables = release.variables;
        let or = |given: &str, otherwise: &str| {
            let given = Some(given).filter(|given| !given.is_empty());
            given.unwrap_or(otherwise).to_owned()
        };
        let mut set = BTreeMap::new();
        let mut set_string = BTreeMap::new();
        for parameter in &parameters.by_name {
            let value = variables.expand(&parameter.value)?;
            let kind = if parameter.force_string {
                &mut set_string
            } else {
                &mut set
            };
            kind.insert(parameter.name.clone(), value);
        }
        let mut set_file = BTreeMap::new();
        for parameter in &parameters.from_files {
            let file = &parameter.path;
            let found = place.find(file, variables)?;
            let path = found.ok_or_else(|| {
                format!(
                    "the file {file} of the parameter {} is not there",
                    parameter.name
                )
            })?;
            set_file.insert(parameter.name.clone(), path);
        }
        let mut value_files = Vec::new();
        for file in &parameters.value_files {
            match place.find(file, variables)? {
                Some(path) if value_files.contains(&path) => {}
                Some(path) => value_files.push(path),
                None if parameters.ignore_missing_value_files => {}
                None => return Err(format!("the value file {file} is not there")),
            }
        }
        let mut flags = Vec::new();
        if !parameters.skip_crds {
            flags.push("--include-crds");
        }
        if parameters.skip_schema_validation {
            flags.push("--skip-schema-validation");
        }
        if parameters.skip_tests {
            flags.push("--skip-tests");
        }
        Ok(Self {
            name: or(&parameters.release_name, release.name),
            namespace: or(&parameters.namespace, release.namespace),
            kube_version: kube_version(&or(&parameters.kube_version, release.kube_version))?,
            set,
            set_string,
            set_file,
            value_files,
            values: parameters.values(),
            api_versions: if parameters.api_versions.is_empty() {
                release.api_versions.to_vec()
            } else {
                parameters.api_versions.clone()
            },
            flags,
        })
    }

    /// The arguments after the chart. Values that stand in the Application are written
    /// into `home`.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub(super) fn arguments(&self, home: &Path) -> io::Result<Vec<OsString>> {
        let mut arguments = Vec::new();
        let mut add = |flag: &str, value: &OsString| {
            let mut argument = OsString::from(flag);
            argument.push("=");
            argument.push(value);
            arguments.push(argument);
        };
        add("--name-template", &OsString::from(&self.name));
        if !self.namespace.is_empty() {
            add("--namespace", &OsString::from(&self.namespace));
        }
        if !self.kube_version.is_empty() {
            add("--kube-version", &OsString::from(&self.kube_version));
        }
        for (flag, values) in [("--set", &self.set), ("--set-string", &self.set_string)] {
            for (name, value) in values {
                add(flag, &format!("{name}={}", escaped(value)).into());
            }
        }
        for (name, path) in &self.set_file {
            let path = escaped(&path.to_string_lossy());
            add("--set-file", &format!("{name}={path}").into());
        }
        for path in &self.value_files {
            add("--values", &path.into());
        }
        if let Some(values) = &self.values {
            let path = home.join("values-of-the-application.yaml");
            std::fs::write(&path, values)?;
            add("--values", &path.into());
        }
        for version in &self.api_versions {
            add("--api-versions", &OsString::from(version));
        }
        arguments.extend(self.flags.iter().map(OsString::from));
        Ok(arguments)
    }
}

/// A value as Helm reads it whole: a comma would begin another one, unless it is in
/// braces, which make a list (`cleanSetParameters` in `util/helm/cmd.go`).
fn escaped(value: &str) -> String {
    if value.starts_with('{') && value.ends_with('}') {
        return value.to_owned();
    }
    let mut escaped = String::with_capacity(value.len());
    let mut before = None;
    for letter in value.chars() {
        if letter == ',' && before != Some('\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
        before = Some(letter);
    }
    escaped
}

/// The numbers of a version, without its `v` and without what a vendor added
/// (`parseKubeVersion` in `reposerver/repository/repository.go`).
fn kube_version(version: &str) -> Result<String, String> {
    if version.is_empty() {
        return Ok(String::new());
    }
    let numbers = version.trim().trim_start_matches('v');
    let end = numbers
        .find(|letter: char| letter != '.' && !letter.is_ascii_digit())
        .unwrap_or(numbers.len());
    let numbers = numbers[..end].trim_end_matches('.');
    let parts = numbers.split('.').filter(|part| !part.is_empty()).count();
    if parts < 2 || parts != numbers.split('.').count() {
        return Err(format!("{version} is no version of Kubernetes"));
    }
    Ok(numbers.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tempfile::TempDir;

    use super::super::Variables;
    use super::*;

    /// A folder with two value files.
    fn tree() -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in [("one.yaml", "a: 1\n"), ("two.yaml", "a: 2\n")] {
            std::fs::write(root.path().join(file), text).unwrap();
        }
        root
    }

    fn call(parameters: &Value, root: &Path) -> Result<Call, String> {
        let parameters = Parameters::read(Some(parameters))?;
        let variables = Variables {
            application: "shop".to_owned(),
            ..Variables::default()
        };
        let api_versions = ["apps/v1".to_owned(), "v1".to_owned()];
        let release = Release {
            name: "shop",
            namespace: "production",
            parameters: None,
            variables: &variables,
            kube_version: "v1.36.3",
            api_versions: &api_versions,
        };
        let place = Place::Beside {
            root: root.to_owned(),
            chart: root.to_owned(),
        };
        Call::new(&parameters, &release, &place)
    }

    fn arguments(parameters: &Value) -> Vec<String> {
        let tree = tree();
        let root = tree.path().canonicalize().unwrap();
        let home = tempfile::tempdir().unwrap();
        let call = call(parameters, &root).unwrap();
        let arguments = call.arguments(home.path()).unwrap();
        let plain = |argument: OsString| {
            let argument = argument.into_string().unwrap();
            let argument = argument.replace(&format!("{}/", root.display()), "");
            argument.replace(&format!("{}/", home.path().display()), "home/")
        };
        arguments.into_iter().map(plain).collect()
    }

    fn refusal(parameters: &Value) -> String {
        let tree = tree();
        let root = tree.path().canonicalize().unwrap();
        call(parameters, &root).unwrap_err()
    }

    #[test]
    fn without_parameters_a_chart_is_rendered_for_its_application_and_cluster() {
        assert_eq!(
            arguments(&json!({})),
            [
                "--name-template=shop",
                "--namespace=production",
                "--kube-version=1.36.3",
                "--api-versions=apps/v1",
                "--api-versions=v1",
                "--include-crds",
            ]
        );
    }

    #[test]
    fn every_parameter_becomes_the_argument_that_argo_cd_makes_of_it() {
        let parameters = json!({
            "releaseName": "web", "namespace": "elsewhere", "kubeVersion": "1.34",
            "apiVersions": ["batch/v1"], "skipCrds": true, "skipTests": true,
            "skipSchemaValidation": true, "passCredentials": false, "version": "v3",
            "valueFiles": ["two.yaml", "/one.yaml", "two.yaml", "missing.yaml"],
            "ignoreMissingValueFiles": true,
            "values": "a: 3\n",
            "parameters": [
                {"name": "b", "value": "x,y"},
                {"name": "a", "value": "$ARGOCD_APP_NAME"},
                {"name": "list", "value": "{x,y}"},
                {"name": "a", "value": "1", "forceString": true},
            ],
            "fileParameters": [{"name": "f", "path": "one.yaml"}],
        });
        assert_eq!(
            arguments(&parameters),
            [
                "--name-template=web",
                "--namespace=elsewhere",
                "--kube-version=1.34",
                "--set=a=shop",
                "--set=b=x\\,y",
                "--set=list={x,y}",
                "--set-string=a=1",
                "--set-file=f=one.yaml",
                "--values=two.yaml",
                "--values=one.yaml",
                "--values=home/values-of-the-application.yaml",
                "--api-versions=batch/v1",
                "--skip-schema-validation",
                "--skip-tests",
            ]
        );
    }

    #[test]
    fn what_is_not_there_is_told_by_name() {
        let refused = refusal(&json!({"valueFiles": ["missing.yaml"]}));
        assert_eq!(refused, "the value file missing.yaml is not there");
        let refused = refusal(&json!({"fileParameters": [{"name": "f", "path": "missing"}]}));
        assert_eq!(refused, "the file missing of the parameter f is not there");
        let refused = refusal(&json!({"kubeVersion": "newest"}));
        assert_eq!(refused, "newest is no version of Kubernetes");
    }

    #[test]
    fn what_a_vendor_adds_to_a_version_does_not_count() {
        for version in ["v1.36.3", "1.36.3", "v1.36.3-gke.100", "v1.36.3+k3s1"] {
            assert_eq!(kube_version(version).as_deref(), Ok("1.36.3"), "{version}");
        }
        assert_eq!(kube_version("1.36").as_deref(), Ok("1.36"));
        assert!(kube_version("v1").is_err());
    }

    #[test]
    fn a_comma_that_is_escaped_stays_so() {
        assert_eq!(escaped("a,b"), "a\\,b");
        assert_eq!(escaped("a\\,b"), "a\\,b");
        assert_eq!(escaped(""), "");
    }
}
